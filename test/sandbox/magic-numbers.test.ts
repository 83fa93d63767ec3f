import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { describe, expect, test, vi } from 'vitest'
import { magicNumbers, type MagicNumber } from '../../sandbox/magic-numbers.ts'
import { given, type Answer } from './harness.ts'

const all = Object.entries<MagicNumber>(magicNumbers)

test.each(all)('%s is a valid Singapore mobile', (_, { phone }) => {
  const number = parsePhoneNumberFromString(phone)
  expect([number?.isValid(), number?.country, number?.getType()]).toEqual([true, 'SG', 'MOBILE'])
})

test('no number is magic twice', () => {
  expect(new Set(all.map(([, { phone }]) => phone)).size).toBe(all.length)
})

/** Status and 8x8's code of three sends in a row, and how many messages arrived; the interval passes after each. */
async function threeSends({ phone }: MagicNumber) {
  const { send, sandbox, pass } = await given()
  const seen: unknown[] = []
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await send({ destination: phone }).catch(() => undefined)
    seen.push(answer?.status ?? 'none')
    pass(10)
  }
  return { seen, arrived: sandbox.messages(phone).length }
}

describe('sends', () => {
  test.each([
    ['invalidNumber', [400, 400, 400], 0],
    ['unauthorized', [401, 401, 401], 0],
    ['forbidden', [403, 403, 403], 0],
    ['rateLimited', [429, 200, 200], 2],
    ['serverError', [500, 200, 200], 2],
    ['serverErrorAfterSending', [500, 200, 200], 3],
    ['serverErrorAlways', [500, 500, 500], 0],
    ['drop', ['none', 200, 200], 2],
    ['dropAfterSending', ['none', 200, 200], 3],
    ['truncated', ['none', 200, 200], 3],
    ['webPage', [200, 200, 200], 3],
    ['needsTls13', [426, 426, 426], 0],
    ['voiceOnly', [200, 200, 200], 0],
    ['undelivered', [200, 200, 200], 0],
  ] as const)('to %s are answered %j, and %i arrive', async (name, seen, arrived) => {
    expect(await threeSends(magicNumbers[name])).toEqual({ seen, arrived })
  })

  test.each([
    ['hang', 0],
    ['hangAfterSending', 1],
  ] as const)('to %s get no answer, and %i arrives', async (name, arrived) => {
    const { send, sandbox, close } = await given()
    const answer = send({ destination: magicNumbers[name].phone }).catch(() => 'no answer')
    await vi.waitFor(() => expect(sandbox.requests).toHaveLength(1))
    await close()
    expect([await answer, sandbox.messages().length]).toEqual(['no answer', arrived])
  })

  test.each([
    ['invalidNumber', 1002],
    ['unauthorized', 1200],
    ['forbidden', 1201],
    ['rateLimited', 429],
    ['serverError', 2000],
    ['needsTls13', 1014],
  ] as const)('to %s have 8x8’s code %i', async (name, code) => {
    const { send } = await given()
    expect((await send({ destination: magicNumbers[name].phone })).body.code).toBe(code)
  })

  test('to rateLimited are told how long to wait', async () => {
    const { send } = await given()
    const { headers } = await send({ destination: magicNumbers.rateLimited.phone })
    expect(headers.get('retry-after')).toBe('1')
  })

  test('to webPage are answered with a web page once', async () => {
    const { send, pass } = await given()
    const destination = magicNumbers.webPage.phone
    const first = await send({ destination })
    pass(10)
    expect([isHtml(first), isHtml(await send({ destination }))]).toEqual([true, false])
  })

  test('to voiceOnly arrive as a call', async () => {
    const { send, sandbox } = await given()
    await send({ destination: magicNumbers.voiceOnly.phone, channel: 'call' })
    expect(sandbox.messages()).toHaveLength(1)
  })
})

/** Answers to two checks with a wrong code, and the attempts spent by them. */
async function twoChecks({ phone }: MagicNumber) {
  const { send, check, wrongCode } = await given()
  const session = await send({ destination: phone })
  const seen: unknown[] = []
  for (let turn = 0; turn < 2; turn += 1)
    seen.push((await check(session, wrongCode(phone)).catch(() => undefined))?.status ?? 'none')
  return { seen, spent: (await check(session)).body.attempt }
}

describe('checks', () => {
  test.each([
    ['checkServerError', [500, 200], 1],
    ['checkServerErrorAfterJudging', [500, 200], 2],
    ['checkDropAfterJudging', ['none', 200], 2],
    ['checkRateLimited', [429, 200], 1],
  ] as const)('of %s are answered %j, and %i attempts are spent', async (name, seen, spent) => {
    expect(await twoChecks(magicNumbers[name])).toEqual({ seen, spent })
  })

  test('of checkHang get no answer once', async () => {
    const { send, check, wrongCode, sandbox, close } = await given()
    const { phone } = magicNumbers.checkHang
    const session = await send({ destination: phone })
    const hanging = check(session, wrongCode(phone)).catch(() => 'no answer')
    await vi.waitFor(() => expect(sandbox.requests).toHaveLength(2))
    const second = await check(session, wrongCode(phone))
    await close()
    expect([await hanging, second.body.attempt]).toEqual(['no answer', 1])
  })
})

describe('a number that fails once', () => {
  const { phone } = magicNumbers.serverError
  const destination = { destination: phone }

  test('fails again in its next session', async () => {
    const { send, check, code, pass } = await given()
    await send(destination)
    await check(await send(destination), code(phone))
    pass(10)
    expect([(await send(destination)).status, (await send(destination)).status]).toEqual([500, 200])
  })

  test('does not fail again when its session is reset', async () => {
    const { send, pass } = await given()
    await send(destination)
    await send(destination)
    pass(10)
    expect((await send({ ...destination, resetSession: true })).status).toBe(200)
  })

  test('fails again after the faults are cleared', async () => {
    const { send, sandbox } = await given()
    await send(destination)
    sandbox.clearFaults()
    expect((await send(destination)).status).toBe(500)
  })
})

function isHtml({ headers }: Answer): boolean {
  return headers.get('content-type')?.startsWith('text/html') ?? false
}
