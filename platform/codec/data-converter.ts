/** What client, worker, bundle and replay must share to read and write the same histories. */
import { fileURLToPath } from 'node:url'
import type { DataConverter } from '@temporalio/common'
import { createEncryptionCodec, type EncryptionOptions } from './encryption.ts'

/** For `bundleWorkflowCode`, which cannot read it from a data converter. */
export const failureConverterPath = fileURLToPath(new URL('./failure-converter.ts', import.meta.url))

export function createDataConverter(options: EncryptionOptions): DataConverter {
  return { payloadCodecs: [createEncryptionCodec(options)], failureConverterPath }
}
