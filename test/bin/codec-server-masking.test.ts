/** What an engineer sees of a history: all of it, but for the code and the person (PII-4, PII-14). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskValue } from '../../bin/codec-server/mask.ts'
import { toWire } from '../../bin/codec-server/payloads.ts'
import { bytesPayload, given, payloadOf, seal, sealElsewhere, shownIn } from './codec-server/harness.ts'

const HIDDEN = '••••••'

test('what the worker and the API sealed is shown, in its order, as JSON', async () => {
  const { decode } = await given()
  const values = [{ status: 'verified', attemptsLeft: 4 }, 'attempt 2 of 5', 5, true, ['a'], null]
  const sealed = await Promise.all(values.map((value) => seal(payloadOf(value))))
  expect(shownIn(await decode(sealed))).toEqual(values)
})

test('a failure’s message and stack trace are shown, which are JSON to the codec', async () => {
  const { see } = await given()
  const attributes = {
    message: '8x8 was not asked: dns',
    stack_trace: 'ApplicationFailure: …\n    at once (a.ts:55:12)',
  }
  expect(await see(attributes)).toEqual(attributes)
})

describe('PII-4: the user’s code is not shown', () => {
  test.each([
    ['as the signal has it', { code: '483920' }, { code: HIDDEN }],
    ['as a number', { code: 483920 }, { code: HIDDEN }],
    ['in another shape', { code: { digits: ['4', '8'] } }, { code: HIDDEN }],
    ['empty', { code: '' }, { code: HIDDEN }],
    ['spelled otherwise', { Code: '483920', CODE: '483920' }, { Code: HIDDEN, CODE: HIDDEN }],
    ['deep inside', [{ a: [{ b: { code: '483920' } }] }], [{ a: [{ b: { code: HIDDEN } }] }]],
    ['sent beside the contract, as a text', '483920', HIDDEN],
    ['sent beside the contract, as a number', 483920, HIDDEN],
    ['sent beside the contract, in a list', [' 483920 '], [HIDDEN]],
  ])('%s', async (_, value, shown) => {
    const { see } = await given()
    expect(await see(value)).toEqual(shown)
  })
})

describe('PII-14: of a number two digits are shown', () => {
  test.each([
    ['as a member', { phone: '+6591234567' }, { phone: '+••••••••67' }],
    ['in a sentence', 'sent to +6591234567, then +15550100', 'sent to +••••••••67, then +••••••00'],
    ['with spaces', 'call +65 9123-4567.', 'call +••••••••67.'],
    ['in a URL', 'https://x.example/?to=%2B6591234567', 'https://x.example/?to=+••••••••67'],
    ['in JSON within a text', '{"to":"\\u002b6591234567"}', '{"to":"+••••••••67"}'],
    ['without its plus', 'asked at the desk about 91234567', 'asked at the desk about ••••••67'],
    ['in other digits', '+٦٥٩١٢٣٤٥٦٧', '+••••••••٦٧'],
    ['as the name of a member', { '+6591234567': 1 }, { '+••••••••67': 1 }],
    ['as a JSON number', { phone: 6591234567 }, { phone: '••••••••67' }],
    [
      'masked already',
      { phone: '+••••••••67', short: 'SMS to ••67' },
      { phone: '+••••••••67', short: 'SMS to ••67' },
    ],
  ])('%s', async (_, value, shown) => {
    const { see } = await given()
    expect(await see(value)).toEqual(shown)
  })
})

test('PII-14: who and where the user is, and what binds the verdict, is not shown', async () => {
  const { see } = await given()
  const shown = await see({
    userId: 'ada@example.com',
    clientIp: '203.0.113.7',
    nonce: 'n-0S6_WzA2Mj',
    challenge: '016dc5a6-a449-469a-84b1-252d3bcce60a',
    sessionId: 4711,
  })
  expect(shown).toEqual({
    userId: '•••••••••••••om',
    clientIp: HIDDEN,
    nonce: HIDDEN,
    challenge: `${'•'.repeat(34)}0a`,
    sessionId: HIDDEN,
  })
})

test('what explains a login stays readable: times, ids, counts, causes', async () => {
  const { see } = await given()
  const readable = {
    loginId: 'lg_9BTASsaq48cc51qXeBb4n82SKjME2iy6zjxjwvn2AJRwb3N0ZXJuX3NhbmRib3g',
    previousRunId: '12345678-7ccd-4aec-a0cb-291812812345',
    expiresAt: '2026-11-23T04:42:16.451Z',
    budget: {
      sends: [1_795_416_869_442],
      earliestSendAt: 1_795_416_900_838,
      failures: { count: 3, lastAt: 0 },
    },
    policy: { codeLength: 6, codeValiditySeconds: 300 },
    newCode: true,
    codeClass: '13xx',
    language: 'en-US',
    why: 'asked at the desk, ticket 4711',
    phone: null,
    empty: '',
  }
  expect(await see(readable)).toEqual(readable)
})

test('PII-4, PII-14: no number and no code survives, however deep and under whatever name it stands', async () => {
  const { see } = await given()
  const phone = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)
  const code = fc.stringMatching(/^[0-9]{4,10}$/)
  const sentence = fc.tuple(fc.string(), phone, fc.stringMatching(/^[^0-9]{0,5}$/))
  const leaf = fc.oneof(
    phone,
    code,
    sentence.map((parts) => parts.join('')),
    code.map((digits) => ({ code: digits })),
    code.map((digits) => ({ code: Number(digits) })),
    phone.map((number) => ({ [number]: true })),
  )
  const { nested } = fc.letrec((tie) => ({
    nested: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('nested'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('nested'), { maxKeys: 4 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(nested, async (value) => {
      const shown = JSON.stringify(await see(value))
      expect(shown).not.toMatch(/\+[0-9]{7}|"[0-9]{4,10}"|"code":[^"]|"code":"[^•]/)
    }),
    { numRuns: 200 },
  )
})

test('masking a masked view changes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = maskValue(value)
      expect(maskValue(once)).toEqual(once)
    }),
  )
})

test('a payload that nobody sealed is shown and masked the same', async () => {
  const { decode } = await given()
  const plain = toWire(payloadOf({ code: '483920', note: 'for +6591234567' }))
  expect(shownIn(await decode([plain]))).toEqual([{ code: HIDDEN, note: 'for +••••••••67' }])
})

describe('what cannot be shown is told in a note, and the others of its request are shown', () => {
  const note = (why: string): unknown => ({ notShown: expect.stringContaining(why) as string })
  test.each([
    [
      'a key that is not here',
      () => sealElsewhere(payloadOf('x')),
      'key 2025, which this codec server does not have',
    ],
    [
      'another namespace',
      () => seal(payloadOf('x'), { namespace: 'bank' }),
      'it does not open with key 2026',
    ],
    ['bytes', () => seal(bytesPayload('binary/plain', '+6591234567')), 'it is not JSON'],
    ['a protobuf message', () => seal(bytesPayload('json/protobuf', '"KzY1OTEyMzQ1Njc="')), 'it is not JSON'],
    ['JSON that is none', () => seal(bytesPayload('json/plain', '{"code":483920')), 'it is not JSON'],
    [
      'JSON that is not UTF-8',
      () => seal({ ...bytesPayload('json/plain', ''), data: Buffer.from([34, 255, 34]) }),
      'it is not UTF-8',
    ],
    ['something sealed twice', async () => seal(bytesPayload('binary/encrypted', 'x')), 'it is not JSON'],
    ['nothing at all', () => Promise.resolve({}), 'it is not JSON'],
  ])('%s', async (_, sealed, why) => {
    const { decode } = await given()
    const other = await seal(payloadOf('another'))
    expect(shownIn(await decode([other, await sealed(), other]))).toEqual(['another', note(why), 'another'])
  })

  test('a payload damaged on its way', async () => {
    const { decode } = await given()
    const { metadata = {}, data = '' } = await seal(payloadOf('x'))
    const bytes = Buffer.from(data, 'base64')
    bytes[20] = (bytes[20] ?? 0) ^ 1
    expect(shownIn(await decode([{ metadata, data: bytes.toString('base64') }]))).toEqual([
      note('or damaged'),
    ])
  })

  test('what lies deeper than 64 levels', async () => {
    const { decode } = await given()
    const deep = (levels: number) => '['.repeat(levels) + '"+6591234567"' + ']'.repeat(levels)
    const sealed = await Promise.all([10, 100, 200_000].map((n) => seal(bytesPayload('json/plain', deep(n)))))
    const shown = shownIn(await decode(sealed)).map((value) => JSON.stringify(value))
    expect(shown[0]).toBe(deep(10).replace('+6591234567', '+••••••••67'))
    expect(shown.slice(1)).toEqual(Array(2).fill('['.repeat(64) + `"${HIDDEN}"` + ']'.repeat(64)))
  })
})
