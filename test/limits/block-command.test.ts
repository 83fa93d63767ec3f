/** `npm run block`, as an operator runs it. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseBlocks } from '../../platform/limits/blocks-file.ts'

/** The command, with a file that is not there yet, in a folder of its own. */
async function openBlocks() {
  const directory = await mkdtemp(join(tmpdir(), 'block-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'blocks.json')
  const block = (...args: string[]) =>
    new Promise<{ failed: boolean; said: string }>((resolve) => {
      const env = { ...process.env, BLOCKS_FILE: path }
      execFile(process.execPath, ['bin/block.ts', ...args], { env }, (error, stdout, stderr) => {
        resolve({ failed: error !== null, said: stdout + stderr })
      })
    })
  return { directory, path, block }
}

test.each([
  ['an option that there is not', ['add', '--contry', 'SG', '--reason', 'pumping']],
  ['an option without its value', ['add', '--reason', 'pumping', '--country']],
  ['a question for help', ['--help']],
])('FRD-11: %s is told how it goes, and changes nothing', async (_name, args) => {
  const { directory, block } = await openBlocks()
  expect(await block(...args)).toEqual({
    failed: true,
    said: expect.stringMatching(/^Usage: npm run block -- add[^]*needs VALKEY_URL\.\n$/) as string,
  })
  expect(await readdir(directory)).toEqual([])
})

test('FRD-11: a block is added, listed and removed, and a wrong one changes nothing', async () => {
  const { directory, path, block } = await openBlocks()
  expect(await block('list')).toEqual({ failed: false, said: 'nothing is blocked\n' })
  const added = await block('add', '--country', 'SG', '--channel', 'call', '--reason', 'pumping')
  expect(added).toEqual({ failed: false, said: '1  country SG and channel call: pumping\n' })
  expect(parseBlocks(await readFile(path, 'utf8'))).toEqual([
    { country: 'SG', channel: 'call', reason: 'pumping' },
  ])
  expect((await block('add', '--country', 'UK', '--reason', 'pumping')).failed).toBe(true)
  expect((await block('add', '--reason', 'everything')).failed).toBe(true)
  expect((await block('add', '--country', 'SG')).said).toBe('--reason is missing\n')
  expect((await block('remove', '2')).said).toBe('there is no block 2\n')
  expect((await block('list')).said).toBe(added.said)
  expect(await block('remove', '1')).toEqual({ failed: false, said: 'nothing is blocked\n' })
  expect((await block('conversion')).said).toContain('VALKEY_URL')
  expect(await readdir(directory)).toEqual(['blocks.json'])
})
