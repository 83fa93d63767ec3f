/** One payload as an engineer sees it: opened, masked, and in a form that the Temporal UI and CLI can show. */
import { ApplicationFailure, type Payload, type PayloadCodec } from '@temporalio/common'
import { maskValue } from './mask.ts'
import { KEY_ID } from '../../platform/codec/encryption.ts'

/**
 * Never rejects for what a payload is: in a history of many, one that cannot be opened or shown is replaced by a note
 * that says why. What is not encrypted is shown all the same, and masked all the same.
 */
export async function reveal(codec: Pick<PayloadCodec, 'decode'>, payload: Payload): Promise<Payload> {
  try {
    const [opened] = await codec.decode([payload])
    return opened === undefined ? note('it is empty') : show(opened)
  } catch (error) {
    return note(whySealed(error, readText(payload.metadata?.[KEY_ID]) ?? ''))
  }
}

function show(opened: Payload): Payload {
  const encoding = readText(opened.metadata?.encoding)
  if (encoding === 'binary/null') return { metadata: { encoding: toBytes('binary/null') } }
  if (encoding !== 'json/plain') return note('it is not JSON')
  const text = readText(opened.data)
  if (text === undefined) return note('it is not UTF-8')
  try {
    return toJson(maskValue(JSON.parse(text)))
  } catch {
    return note('it is not JSON')
  }
}

function whySealed(error: unknown, keyId: string): string {
  const detail =
    error instanceof ApplicationFailure ? (error.details?.[0] as { cause?: unknown } | undefined) : undefined
  const key = /^[A-Za-z0-9_-]{1,32}$/.test(keyId) ? `key ${keyId}` : 'a key without a proper name'
  if (detail?.cause === 'unknown-key')
    return `it was sealed with ${key}, which this codec server does not have`
  return `it does not open with ${key}: another namespace, another key under that name, or damaged`
}

const note = (why: string) => toJson({ notShown: why })

function toJson(value: unknown): Payload {
  return { metadata: { encoding: toBytes('json/plain') }, data: toBytes(JSON.stringify(value)) }
}

const toBytes = (text: string) => new TextEncoder().encode(text)

function readText(bytes: Uint8Array | null | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes ?? new Uint8Array())
  } catch {
    return undefined
  }
}
