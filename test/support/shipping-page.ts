/** The commands of docs/shipping-workflow-changes.md, run as whoever ships would: as they stand, in a shell. */
import { execFile } from 'node:child_process'
import { blocksOf, pageAt } from '../docs/pages.ts'
import { temporalCliEnv } from './temporal-cli.ts'

/** Those of Temporal's CLI, in the page's order. */
export const commands = blocksOf(pageAt('docs/shipping-workflow-changes.md'))
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => line.startsWith('temporal '))

/** The one command of the page that has all these words. */
export function commandWith(...words: readonly string[]): string {
  const found = commands.filter((command) => words.every((word) => command.includes(word)))
  const [command] = found
  if (command === undefined || found.length > 1) {
    throw new Error(`${found.length} commands of the page have: ${words.join(' ')}`)
  }
  return command
}

/**
 * @param variables what the page calls `OLD`, `NEW` and `ID`
 * @returns what it wrote
 * @throws Error with that, when its status is not 0
 */
export async function runInShell(
  namespace: string,
  command: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...(await temporalCliEnv(namespace)), ...variables }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}\n${stdout}${stderr}`))
      else resolve(stdout + stderr)
    })
  })
}
