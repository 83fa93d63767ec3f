/** Saves a history as `npm run record-history` does: decrypted, scrubbed, and only if it still replays. */
import { mkdir, writeFile } from 'node:fs/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, inject } from 'vitest'
import { toFixture } from '../../bin/record-history/fixture.ts'
import { toHistory, type History } from '../../bin/replay/history.ts'
import { openHistory } from '../../bin/replay/payloads.ts'
import { openReplayer } from '../../bin/replay/replayer.ts'
import { createConverter } from '../support/house.ts'

/** @param folder of the fixtures, with a slash at its end */
export function openRecorder(folder: URL) {
  const replayer = openReplayer(() => Promise.resolve({ codePath: inject('workflowBundle') }))
  afterAll(() => replayer.close())

  return {
    async read(handle: Pick<WorkflowHandle, 'fetchHistory'>, namespace: string): Promise<History> {
      const [codec] = createConverter(namespace).payloadCodecs ?? []
      if (codec === undefined) throw new Error('the house does not encrypt')
      const { history } = await openHistory(toHistory(await handle.fetchHistory()), () =>
        Promise.resolve({ codec, namespace }),
      )
      return history
    },

    /** @param name of the file, without `.json` */
    async save(name: string, history: History): Promise<void> {
      const fixture = await toFixture(history, replayer)
      if (fixture.outcome === 'refused') throw new Error(fixture.why)
      await mkdir(folder, { recursive: true })
      await writeFile(new URL(`${name}.json`, folder), fixture.text)
    },
  }
}
