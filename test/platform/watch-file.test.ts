/** A file that is watched by a process that cannot always read it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const watchFile = pathToFileURL(join(import.meta.dirname, '../../platform/watch-file.ts')).href

/** Takes every descriptor there is before it says so, and gives them back ten looks after the file was refused. */
const program = (file: string) => `
  import { closeSync, openSync } from 'node:fs'
  import { watchParsed } from '${watchFile}'
  const taken = []
  const give = () => { for (const one of taken.splice(0)) closeSync(one) }
  watchParsed({
    file: '${file}',
    name: 'SOME_FILE',
    parse: (text) => text,
    taken: (text) => console.log('taken: ' + text),
    refused(problems) {
      console.log('refused: ' + problems)
      setTimeout(give, 50)
    },
  }, { everyMs: 5 })
  console.log('watching')
  try { for (;;) taken.push(openSync('/dev/null')) } catch { console.log('full') }
  for await (const _ of process.stdin);`

test('a change that could not be read when it came is taken as soon as it can be, and refused once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'watched-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'some.json')
  await writeFile(file, 'before')
  const node = [process.execPath, '--input-type=module', '--eval', program(file)]
  const child = spawn('sh', ['-c', 'ulimit -n 128; exec "$@"', 'sh', ...node], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  })
  const said: string[] = []
  createInterface(child.stdout).on('line', (line) => said.push(line))
  await expect.poll(() => said).toEqual(['watching', 'full'])
  await writeFile(`${file}.new`, 'after')
  await rename(`${file}.new`, file)
  await expect.poll(() => said.slice(2)).toEqual(['refused: SOME_FILE cannot be read', 'taken: after'])
})
