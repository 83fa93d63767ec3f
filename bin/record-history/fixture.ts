/** A history as a fixture: scrubbed, proved to replay, and proved to hold nothing of what it was made of. */
import { parseHistory, type History } from '../replay/history.ts'
import { openHistory } from '../replay/payloads.ts'
import type { Replayer } from '../replay/replayer.ts'
import { leftovers } from './leftovers.ts'
import type { Kind } from './replacements.ts'
import { scrub } from './scrub.ts'

export type Fixture =
  | {
      readonly outcome: 'fixture'
      readonly text: string
      readonly history: History
      /** How many different originals of each kind were replaced. */
      readonly counts: ReadonlyMap<Kind, number>
    }
  | { readonly outcome: 'refused'; readonly why: string }

/** @param history opened (`openHistory`) */
export async function toFixture(history: History, replayer: Replayer): Promise<Fixture> {
  if ((await replayer.replay(history)) !== undefined)
    return { outcome: 'refused', why: 'it does not replay on the code of this checkout: see npm run replay' }
  const { history: scrubbed, counts, originals } = scrub(history)
  const left = leftovers(scrubbed, [...originals.keys()])
  if (left.length > 0)
    return { outcome: 'refused', why: toldLeft(left.map((original) => originals.get(original) ?? 'text')) }
  const text = `${JSON.stringify(scrubbed, null, 1)}\n`
  const unopened = () => Promise.reject(new Error('a fixture has nothing that is sealed'))
  const read = await openHistory(parseHistory(text), unopened)
  if ((await replayer.replay(read.history)) !== undefined)
    return { outcome: 'refused', why: 'the replay depends on something that is replaced or left out' }
  return { outcome: 'fixture', text, history: read.history, counts }
}

/** An unnamed value is replaced as a text, and may be a word of ours that stands elsewhere too. */
function toldLeft(kinds: readonly string[]): string {
  const found = `still to be found in the fixture: ${[...new Set(kinds)].join(', ')}`
  return kinds.includes('text')
    ? `${found} (is it a member that bin/record-history/shapes.ts does not name?)`
    : found
}
