/** How the product starts a login at Postern, and what it makes of each answer. */
import { expect, test, describe } from 'vitest'
import { createPosternClient } from '../../client/index.ts'
import { startSecondFactor, type SecondFactorStart } from '../../demo/second-factor.ts'
import { problems, type ProblemCode } from '../../domain/problems.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { json, openScripted, problem, reset } from '../client/scripted.ts'
import { openJourney, seconds, type HttpOptions } from '../support/http.ts'
import { aPhone, type HouseOptions } from '../support/house.ts'

let attempts = 0

function aStart(more: Partial<SecondFactorStart> = {}): SecondFactorStart {
  attempts += 1
  return { userId: 'user-1', phone: aPhone().e164, purpose: 'login', attempt: `attempt-${attempts}`, ...more }
}

async function openPostern(houseOptions?: HouseOptions, httpOptions?: HttpOptions) {
  const { house, api } = await openJourney(houseOptions, httpOptions)
  const apiKey = api.authorization('acme').replace('Bearer ', '')
  const postern = createPosternClient({ baseUrl: api.url, apiKey })
  return {
    house,
    api,
    postern,
    start: (more?: Partial<SecondFactorStart>) => startSecondFactor(postern, aStart(more)),
  }
}

/** What must have started. */
async function pendingOf(result: ReturnType<typeof startSecondFactor>) {
  const started = await result
  if (started.outcome !== 'started') throw new Error(`nothing was started: ${started.outcome}`)
  return started.pending
}

test('a start sends a code, and gives what the session has to keep', async () => {
  const { house, api, postern, start } = await openPostern()
  const phone = aPhone()
  const before = Date.now()
  const pending = await pendingOf(start({ phone: phone.e164, purpose: 'enrolment' }))
  expect(pending).toEqual({
    loginId: expect.stringMatching(/^lg_/) as unknown,
    clientToken: expect.any(String) as unknown,
    nonce: expect.any(String) as unknown,
    purpose: 'enrolment',
    phone: phone.masked,
    channel: 'sms',
    e164: phone.e164,
    userId: 'user-1',
    startedAt: expect.any(Number) as unknown,
  })
  expect(pending.startedAt).toBeGreaterThanOrEqual(before)
  expect(await postern.read(pending.loginId)).toMatchObject({ userId: 'user-1', purpose: 'enrolment' })
  const browser = createPosternClient({ baseUrl: api.url, clientToken: pending.clientToken })
  expect(await browser.submit(pending.loginId, house.codeFor(phone))).toMatchObject({ status: 'verified' })
})

test('a national number is the one of its country, and kept as it is called', async () => {
  const { house, start } = await openPostern()
  const phone = aPhone()
  const written = `${phone.e164.slice(3, 7)} ${phone.e164.slice(7)}`
  expect((await pendingOf(start({ phone: written, country: 'SG' }))).e164).toBe(phone.e164)
  expect(house.sandbox.messages(phone.e164)).toHaveLength(1)
})

test('an international number is what it says, whatever country stands beside it', async () => {
  const { house, start } = await openPostern()
  const phone = aPhone()
  expect((await pendingOf(start({ phone: phone.e164, country: 'DE' }))).e164).toBe(phone.e164)
  expect(house.sandbox.messages(phone.e164)).toHaveLength(1)
})

test('BIND-9: each attempt has a nonce of its own, of 256 bits', async () => {
  const { start } = await openPostern()
  const nonces: string[] = []
  for (let made = 0; made < 3; made++) nonces.push((await pendingOf(start())).nonce)
  expect(new Set(nonces).size).toBe(3)
  for (const nonce of nonces) expect(Buffer.from(nonce, 'base64url')).toHaveLength(32)
})

test('BIND-9: the nonce cannot be told from what a browser knows', async () => {
  const { postern } = await openPostern()
  const { nonce } = await pendingOf(startSecondFactor(postern, aStart({ attempt: 'known' })))
  const other = await pendingOf(startSecondFactor(postern, aStart({ attempt: 'known', userId: 'user-2' })))
  const third = await pendingOf(
    startSecondFactor(postern, aStart({ attempt: 'known', purpose: 'enrolment' })),
  )
  expect(new Set([nonce, other.nonce, third.nonce]).size).toBe(3)
})

test('a form that is sent twice at once, and once more, is one login and one SMS', async () => {
  const { house, postern } = await openPostern()
  const form = aStart()
  const both = await Promise.all([1, 2].map(() => pendingOf(startSecondFactor(postern, form))))
  const again = await pendingOf(startSecondFactor(postern, form))
  for (const pending of both) {
    expect({ ...pending, startedAt: 0 }).toEqual({ ...again, startedAt: 0 })
  }
  expect(house.sends()).toHaveLength(1)
  expect(house.sandbox.messages(form.phone)).toHaveLength(1)
})

test.each([
  ['accents', 'bücher & more'],
  ['a line of a header', '\r\nx: y'],
  ['5000 letters', 'x'.repeat(5000)],
  ['nothing', ''],
])('an attempt that a browser has made %s of is a name like another', async (_what, attempt) => {
  const { house, start } = await openPostern()
  await pendingOf(start({ attempt }))
  expect(house.sends()).toHaveLength(1)
})

test('a form that is sent again after its login has ended is that login still, and no SMS', async () => {
  const { house, postern } = await openPostern()
  const phone = aPhone()
  const form = aStart({ phone: phone.e164 })
  const { loginId } = await pendingOf(startSecondFactor(postern, form))
  await postern.submit(loginId, house.codeFor(phone))
  expect((await pendingOf(startSecondFactor(postern, form))).loginId).toBe(loginId)
  expect(house.sends()).toHaveLength(1)
})

describe('phone-invalid, without a word to Postern, is', () => {
  const written: Record<string, Pick<SecondFactorStart, 'phone' | 'country'>> = {
    'no number': { phone: 'call me' },
    nothing: { phone: '' },
    'a national number of no country': { phone: '91234567' },
    'a national number of a country that is none': { phone: '91234567', country: 'XX' },
    'a number that its country does not have': { phone: '1234', country: 'SG' },
    'a number with an extension': { phone: '+6591234567 ext. 5' },
    'a number with text around it': { phone: 'please call +6591234567 now' },
    'two numbers': { phone: '+6591234567 +6591234568' },
    'a very long text': { phone: '9'.repeat(10_000), country: 'SG' },
  }
  test.each(Object.entries(written))('%s', async (_what, given) => {
    const { url, heard } = await openScripted(problem(500, 'internal-error'))
    const postern = createPosternClient({ baseUrl: url, apiKey: 'pk' })
    expect(await startSecondFactor(postern, aStart(given))).toEqual({ outcome: 'phone-invalid' })
    expect(heard).toEqual([])
  })
})

describe('refused is a start for', () => {
  test('a country that is not allowed', async () => {
    const { house, start } = await openPostern({}, { settings: { allowedCountries: ['DE'] } })
    expect(await start()).toEqual({ outcome: 'refused' })
    expect(house.sends()).toEqual([])
  })

  test('a landline', async () => {
    const { start } = await openPostern()
    expect(await start({ phone: '+6561234567' })).toEqual({ outcome: 'refused' })
  })

  test('ENUM-1: a number that 8x8 does not reach, which is none of the asker’s business', async () => {
    const { start } = await openPostern()
    expect(await start({ phone: magicNumbers.invalidNumber.phone })).toEqual({ outcome: 'refused' })
  })

  test('a number to which a code has just gone, with the seconds to wait', async () => {
    const { house, start } = await openPostern({ policy: { resendIntervalSeconds: 30 } })
    const phone = aPhone().e164
    await pendingOf(start({ phone }))
    expect(await start({ phone })).toEqual({ outcome: 'refused', retryAfterSeconds: seconds(1, 30) })
    expect(house.sends()).toHaveLength(1)
  })

  test('an attempt that comes back as something else', async () => {
    const { house, start } = await openPostern()
    const form = aStart({ clientIp: '192.0.2.1' })
    await pendingOf(start(form))
    expect(await start({ ...form, clientIp: '192.0.2.2' })).toEqual({ outcome: 'refused' })
    expect(house.sends()).toHaveLength(1)
  })
})

test('an attempt that has failed stays failed, and the next one sends', async () => {
  const { house, start } = await openPostern()
  const form = aStart()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'status', status: 400, code: 1014 } })
  expect(await start(form)).toEqual({ outcome: 'refused' })
  expect(await start(form)).toEqual({ outcome: 'refused' })
  expect(house.sends()).toHaveLength(1)
  const next = async () => (await start(aStart({ phone: form.phone }))).outcome
  await expect.poll(next, { interval: 100 }).toBe('started')
  expect(house.sandbox.messages(form.phone)).toHaveLength(1)
})

describe('unavailable is Postern', () => {
  test('when the API key is not known to it', async () => {
    const { house, api } = await openPostern()
    const postern = createPosternClient({ baseUrl: api.url, apiKey: 'pk_test_wrong' })
    expect(await startSecondFactor(postern, aStart())).toEqual({
      outcome: 'unavailable',
      because: 'unauthorized',
    })
    expect(house.sends()).toEqual([])
  })

  test('when something else answers in its place', async () => {
    const { url } = await openScripted((response) => response.writeHead(200).end('<html>'))
    const postern = createPosternClient({ baseUrl: url, apiKey: 'pk' })
    expect(await startSecondFactor(postern, aStart())).toEqual({
      outcome: 'unavailable',
      because: 'unreadable-answer',
    })
  })

  test('when nothing answers', async () => {
    const { url } = await openScripted(reset)
    const postern = createPosternClient({ baseUrl: url, apiKey: 'pk' })
    expect(await startSecondFactor(postern, aStart())).toEqual({
      outcome: 'unavailable',
      because: 'no-answer',
    })
  })
})

/** Of a number that is one. */
const outcomes: Record<ProblemCode, 'refused' | 'unavailable'> = {
  'malformed-json': 'unavailable',
  unauthorized: 'unavailable',
  forbidden: 'unavailable',
  'phone-not-allowed': 'refused',
  'not-found': 'unavailable',
  'method-not-allowed': 'unavailable',
  'login-closed': 'refused',
  'resends-exhausted': 'refused',
  'login-expired': 'refused',
  'payload-too-large': 'unavailable',
  'unsupported-media-type': 'unavailable',
  'invalid-request': 'unavailable',
  'phone-invalid': 'refused',
  'idempotency-conflict': 'refused',
  'code-incorrect': 'refused',
  'too-many-requests': 'refused',
  'resend-too-early': 'refused',
  'internal-error': 'unavailable',
  'provider-refused': 'refused',
  'code-check-unavailable': 'unavailable',
  'provider-unavailable': 'unavailable',
  'service-unavailable': 'unavailable',
}

test('every problem that Postern can answer is one of the outcomes', async () => {
  for (const [code, { status }] of Object.entries(problems)) {
    const { url } = await openScripted(problem(status, code))
    const postern = createPosternClient({ baseUrl: url, apiKey: 'pk' })
    const { outcome } = await startSecondFactor(postern, aStart())
    expect([code, outcome]).toEqual([code, outcomes[code as ProblemCode]])
  }
})

test('Postern is told the purpose, the user, the user’s address and the number in E.164', async () => {
  const { url, heard } = await openScripted(json(404, {}))
  const postern = createPosternClient({ baseUrl: url, apiKey: 'pk' })
  await startSecondFactor(
    postern,
    aStart({ phone: '9123 4567', country: 'SG', purpose: 'enrolment', clientIp: '192.0.2.1' }),
  )
  expect(heard.map(({ body }): unknown => JSON.parse(body))).toEqual([
    {
      phone: '+6591234567',
      purpose: 'enrolment',
      userId: 'user-1',
      brand: 'Amazing Product',
      clientIp: '192.0.2.1',
      nonce: expect.any(String) as unknown,
    },
  ])
})
