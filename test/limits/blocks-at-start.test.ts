import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parsePhone } from '../../domain/phone.ts'
import { parseBlocks, watchBlocks } from '../../platform/limits/blocks-file.ts'

const log = { info: () => undefined, error: () => undefined }

test('FRD-11: a file of blocks that is there and cannot be read ends the start, and one that is not there does not', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'blocks-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'blocks.json')
  const blocks = watchBlocks(path, log)
  onTestFinished(blocks.close)
  expect(blocks.current()).toEqual([])
  await mkdir(path)
  expect(() => watchBlocks(path, log)).toThrow('BLOCKS_FILE cannot be read')
})

test.each(['+65', '+1', '+44', '+999', '+'])(
  'FRD-11: %s is no country, and a block of it would stop nothing',
  (country) => {
    expect(() => parseBlocks(JSON.stringify({ blocks: [{ country, reason: 'x' }] }))).toThrow('country')
  },
)

test.each(['+80012345678', '+881612345678'])(
  'FRD-11: the calling code of %s, a number of no country, may be blocked',
  (text) => {
    const parsed = parsePhone(text)
    if (parsed.outcome !== 'phone') throw new Error('it is no number')
    const { country } = parsed.phone
    expect(parseBlocks(JSON.stringify({ blocks: [{ country, reason: 'x' }] }))).toEqual([
      { country, reason: 'x' },
    ])
  },
)
