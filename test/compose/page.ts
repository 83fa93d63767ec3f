/** The commands of docs/running.md, so that what is tried is what is written. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house/repository.ts'

const blocks = [
  ...readFileSync(join(root, 'docs/running.md'), 'utf8').matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm),
].map(([, text = '']) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean),
)

/**
 * The lines of the block that has a line with these words.
 * @throws Error when it is not there, or not once
 */
export function blockWith(words: string): readonly string[] {
  const found = blocks.filter((lines) => lines.some((line) => line.includes(words)))
  const [only] = found
  if (only === undefined || found.length > 1) {
    throw new Error(`docs/running.md has ${found.length} blocks with "${words}"`)
  }
  return only
}
