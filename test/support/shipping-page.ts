/** The commands of docs/shipping-workflow-changes.md, run as whoever ships would: as they stand, in a shell. */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { inject } from 'vitest'
import { findBinary } from '../../platform/dev-server/find-binary.ts'
import { blocksOf, pageAt } from '../docs/pages.ts'

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
  const binary = await findBinary({ report: (line) => process.stderr.write(`${line}\n`) })
  const env = {
    PATH: [dirname(binary), process.env.PATH].join(delimiter),
    // Whoever runs the tests may have settings of Temporal's CLI at home.
    HOME: tmpdir(),
    XDG_CONFIG_HOME: tmpdir(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
    ...variables,
  }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', command], { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}\n${stdout}${stderr}`))
      else resolve(stdout + stderr)
    })
  })
}
