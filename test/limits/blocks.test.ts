import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findBlock, type Block } from '../../domain/blocks.ts'
import { isAllowedType, parsePhone } from '../../domain/phone.ts'
import { parseBlocks, watchBlocks } from '../../platform/limits/blocks-file.ts'

const send = { country: 'SG', e164: '+6591234567', app: 'shop', channel: 'sms' as const }
const now = Date.parse('2026-11-23T12:00:00Z')

describe('a block', () => {
  const rows: readonly (readonly [stops: boolean, block: Omit<Block, 'reason'>])[] = [
    [true, { country: 'SG' }],
    [false, { country: 'MY' }],
    [true, { prefix: '+6591' }],
    [false, { prefix: '+6592' }],
    [true, { app: 'shop' }],
    [false, { app: 'sho' }],
    [true, { channel: 'sms' }],
    [false, { channel: 'call' }],
    [true, { country: 'SG', channel: 'sms' }],
    [false, { country: 'SG', channel: 'call' }],
    [true, { country: 'SG', until: '2026-11-23T12:00:01Z' }],
    [false, { country: 'SG', until: '2026-11-23T12:00:00Z' }],
  ]
  test.each(rows.map(([stops, block]) => ({ stops, block })))(
    'FRD-11: stops $stops: $block',
    ({ stops, block }) => {
      expect(findBlock([{ ...block, reason: 'pumping' }], send, now) !== undefined).toBe(stops)
    },
  )
})

describe('the file of blocks', () => {
  test.each([
    ['nothing', ''],
    ['another form', '[]'],
    ['a block of everything', '{"blocks":[{"reason":"x"}]}'],
    ['a block without a reason', '{"blocks":[{"country":"SG"}]}'],
    ['a country that is none', '{"blocks":[{"country":"UK","reason":"x"}]}'],
    ['a prefix without a plus', '{"blocks":[{"prefix":"65","reason":"x"}]}'],
    ['a time that is none', '{"blocks":[{"country":"SG","reason":"x","until":"tomorrow"}]}'],
    ['a member that is misspelt', '{"blocks":[{"county":"SG","reason":"x"}]}'],
  ])('FRD-11: is refused with %s', (_, text) => {
    expect(() => parseBlocks(text)).toThrow('BLOCKS_FILE')
  })

  test('FRD-11: acts soon after it is changed, and a bad or missing one keeps the last good one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'blocks-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const path = join(directory, 'blocks.json')
    const put = async (text: string) => {
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    }
    const lines: string[] = []
    const note = (_: object, message: string) => void lines.push(message)
    const blocks = watchBlocks(path, { info: note, error: note }, 10)
    onTestFinished(() => blocks.close())
    expect(blocks.current()).toEqual([])

    await put('{"blocks":[{"country":"SG","reason":"pumping"}]}')
    await expect.poll(() => blocks.current()).toEqual([{ country: 'SG', reason: 'pumping' }])
    await put('{"blocks":[{"country":"SG"')
    await expect.poll(() => lines).toHaveLength(2)
    await rm(path)
    await expect.poll(() => lines).toHaveLength(3)
    expect(blocks.current()).toEqual([{ country: 'SG', reason: 'pumping' }])
    expect(lines.slice(1)).toEqual(
      Array(2).fill('the new BLOCKS_FILE is not taken: the last good one stays in force'),
    )
    await put('{"blocks":[]}')
    await expect.poll(() => blocks.current()).toEqual([])
  })
})

describe('a kind of number', () => {
  test.each([
    ['+6591234567', 'a mobile', true, true],
    ['+12025550123', 'fixed or mobile', true, true],
    ['+6531234567', 'VoIP', true, true],
    ['+6561234567', 'a landline', false, true],
    ['+6519001234567', 'premium', false, false],
    ['+449012345678', 'premium', false, false],
    ['+18005551234', 'toll-free', false, false],
    ['+447012345678', 'personal', false, false],
    ['+447640123456', 'a pager', false, false],
    ['+443001234567', 'a UAN', false, false],
    ['+80012345678', 'international toll-free', false, false],
  ])('FRD-1: %s, %s: by SMS %s, by call %s', (text, _, bySms, byCall) => {
    const parsed = parsePhone(text)
    if (parsed.outcome !== 'phone') throw new Error('it is no number')
    expect([isAllowedType(parsed.phone, 'sms'), isAllowedType(parsed.phone, 'call')]).toEqual([bySms, byCall])
  })
})
