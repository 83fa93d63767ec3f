import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createPosternClient } from '../../client/index.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'
import { openDemo, password, type OpenDemo, type Page, type Visitor } from '../support/demo.ts'
import { aPhone } from '../support/house.ts'

const NO_CODE = 'No code can be sent to this number now. Check it, or try again later.'

describe('turning on two-factor login', () => {
  test('takes a national number and its country, and keeps the number that the code has confirmed', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const ann = await demo.user()
    const form = await ann.get('/two-factor')
    const national = `${phone.e164.slice(3, 7)} ${phone.e164.slice(7)}`
    const started = await ann.post('/two-factor', { country: 'SG', phone: national, attempt: form.attempt() })
    expect(started).toMatchObject({ status: 303, location: '/code' })
    expect(demo.store.accounts.byName(ann.name)?.phone).toBeUndefined()

    await demo.enterCode(ann, phone.e164)
    expect(demo.store.accounts.byName(ann.name)?.phone).toEqual({ e164: phone.e164, masked: phone.masked })
    const { text } = await ann.get('/account')
    expect(text).toContain(`<span aria-hidden="true">${phone.masked}</span`)
    expect(text).not.toContain(phone.e164.slice(3))
  })

  test.each([
    ['de-AT,de;q=0.9,en;q=0.8', 'AT'],
    ['pt-BR', 'BR'],
    ['ja', 'JP'],
    ['zh-Hant-TW;q=1', 'TW'],
  ])('the country of a browser that prefers %s is %s', async (language, country) => {
    const demo = await openDemo()
    const { text } = await (await demo.user()).get('/two-factor', { 'accept-language': language })
    expect([...text.matchAll(/<option value="(\w*)" selected/g)].map(([, code]) => code)).toEqual([country])
    expect(text).not.toContain('Choose a country')
  })

  test.each(['*', 'xx-', '"><script>', ''])(
    'of a language like %j no country is guessed',
    async (language) => {
      const demo = await openDemo()
      const { text } = await (await demo.user()).get('/two-factor', { 'accept-language': language })
      expect(text).toContain('<option value="">Choose a country</option>')
      expect(text).not.toMatch(/<option[^>]*selected/)
    },
  )

  test('every country is named with its calling code, by name', async () => {
    const demo = await openDemo()
    const { text } = await (await demo.user()).get('/two-factor')
    const names = [...text.matchAll(/<option value="\w\w"[^>]*>([^<]+)</g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(200)
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en')))
    expect(names).toEqual(expect.arrayContaining(['Singapore (+65)', 'Austria (+43)', 'United States (+1)']))
    expect(names.filter((name) => !/^\S.* \(\+\d{1,3}\)$/.test(name))).toEqual([])
  })

  test('what is no number is told at its field, and stays there', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const { status, text } = await ann.post('/two-factor', { country: 'SG', phone: '12"3' })
    expect(status).toBe(422)
    expect(text).toMatch(
      /value="12&quot;3"[^>]*aria-invalid="true" aria-describedby="phone-error phone-help"/,
    )
    expect(text).toContain('This is no phone number of that country. Check both.')
    expect(text).toMatch(/<option value="SG" selected/)
    expect(demo.house.sends()).toEqual([])
  })

  test('a country that was not chosen is still not chosen on the next page', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    for (const country of ['', 'XX', 'sg']) {
      const { status, text } = await ann.post('/two-factor', { country, phone: '91234567' })
      expect(status).toBe(422)
      expect(text).toContain('<option value="">Choose a country</option>')
    }
  })

  test('ENUM-1: why no code goes to a number is not told, and every reason looks the same', async () => {
    const demo = await openDemo({ resendIntervalSeconds: 30, settings: { allowedCountries: ['SG'] } })
    const inInterval = aPhone()
    await demo.userWith(inInterval.e164)
    const seen = ({ status, headers, text }: Page, phone: string) => {
      const {
        date: _date,
        'content-security-policy': _policy,
        'content-length': _length,
        ...rest
      } = Object.fromEntries(headers)
      const same = text.replace(/name="attempt" value="[^"]+"/, '').replace(phone, '')
      return { status, headers: rest, text: same }
    }
    const ann = await demo.user()
    const answers = []
    for (const phone of [
      inInterval.e164,
      magicNumbers.invalidNumber.phone,
      magicNumbers.forbidden.phone,
      '+6561234567',
      '+12015550123',
    ]) {
      answers.push(seen(await ann.post('/two-factor', { country: 'SG', phone }), phone))
    }
    expect(answers[0]).toMatchObject({ status: 422, text: expect.stringContaining(NO_CODE) as unknown })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  test('a Postern that cannot send to anybody is told as that', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const phone = magicNumbers.hang.phone
    const { status, text } = await ann.post('/two-factor', { country: 'SG', phone })
    expect(status).toBe(503)
    expect(text).toContain('Amazing Product cannot send codes now.')
  })

  test('one account cannot have codes sent to number after number', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const ask = () => ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    for (let asked = 1; asked <= 10; asked++) expect((await ask()).status).toBe(303)
    const refused = await ask()
    expect(refused).toMatchObject({ status: 422 })
    expect(refused.alert()).toBe(NO_CODE)
    expect(demo.house.sends()).toHaveLength(10)
  })

  test('is for who is signed in', async () => {
    const demo = await openDemo()
    expect((await demo.visitor().get('/two-factor')).location).toBe('/sign-in')
    const asked = await demo.visitor().post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    expect(asked.location).toBe('/sign-in')
    expect(demo.house.sends()).toEqual([])
  })

  test('a session alone moves it to no other phone', async () => {
    const demo = await openDemo()
    const first = aPhone()
    const ann = await demo.userWith(first.e164)
    expect((await ann.get('/two-factor')).location).toBe('/account')
    const moved = await ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    expect(moved.location).toBe('/account')
    expect(demo.house.sends()).toHaveLength(1)
  })

  test('of two pages that confirm two numbers, the first one counts', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const elsewhere = demo.visitor()
    await elsewhere.post('/sign-in', { name: ann.name, password })
    const [first, second] = [aPhone(), aPhone()]
    await ann.post('/two-factor', { country: 'SG', phone: first.e164 })
    await elsewhere.post('/two-factor', { country: 'SG', phone: second.e164 })
    const late = await demo.proofFor(elsewhere, second.e164)
    await demo.enterCode(ann, first.e164)
    expect((await elsewhere.postJson('/code/verdict', { assertion: late })).status).toBe(403)
    expect(demo.store.accounts.byName(ann.name)?.phone?.e164).toBe(first.e164)
  })
})

describe('BIND-9: a proof opens only the session that asked for it', () => {
  test('not that of another user, and not another session of the same', async () => {
    const demo = await openDemo()
    const [mine, theirs] = [aPhone(), aPhone()]
    const ann = await demo.user()
    const mallory = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: mine.e164 })
    await mallory.post('/two-factor', { country: 'SG', phone: theirs.e164 })
    const assertion = await demo.proofFor(mallory, theirs.e164)
    const elsewhere = demo.visitor()
    await elsewhere.post('/sign-in', { name: mallory.name, password })
    for (const visitor of [ann, elsewhere, demo.visitor()]) {
      expect((await visitor.postJson('/code/verdict', { assertion })).status).toBe(403)
    }
    expect(demo.store.accounts.byName(ann.name)?.phone).toBeUndefined()
    expect((await mallory.postJson('/code/verdict', { assertion })).status).toBe(200)
  })

  test('not one of a login that somebody else started for the same user', async () => {
    const demo = await openDemo()
    const [mine, theirs] = [aPhone(), aPhone()]
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: mine.e164 })
    const apiKey = demo.api.authorization('acme').replace('Bearer ', '')
    const postern = createPosternClient({ baseUrl: demo.api.url, apiKey })
    const userId = demo.store.accounts.byName(ann.name)?.id ?? ''
    const other = await postern.start({ phone: theirs.e164, userId, purpose: 'enrolment', nonce: 'theirs' })
    const { assertion } = await postern.submit(other.id, demo.codeFor(theirs.e164))
    expect(assertion).toBeDefined()
    expect((await ann.postJson('/code/verdict', { assertion })).status).toBe(403)
    expect(demo.store.accounts.byName(ann.name)?.phone).toBeUndefined()
  })

  test('and once only', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const assertion = await demo.proofFor(ann, phone.e164)
    const show = (browser = ann.copy()) => browser.postJson('/code/verdict', { assertion })
    const statuses = (await Promise.all([show(), show()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 403])
  })

  test.each([
    undefined,
    null,
    [],
    'x',
    { assertion: 7 },
    { assertion: 'x'.repeat(5000) },
    { assertion: 'a.b.c' },
  ])('and %j is none', async (body) => {
    const demo = await openDemo()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    expect((await ann.postJson('/code/verdict', body)).status).toBe(403)
    expect(demo.log).toEqual([])
  })
})

describe('while a code is awaited', () => {
  test('the page has what the browser needs, and neither the number nor the nonce', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const page = await ann.get('/code')
    const { loginId, clientToken } = page.login()
    const browser = createPosternClient({ baseUrl: demo.api.url, clientToken })
    expect(await browser.read(loginId)).toMatchObject({ id: loginId, purpose: 'enrolment' })
    const { nonce } = awaited(demo, ann).pending
    expect(nonce.length).toBeGreaterThan(20)
    for (const secret of [nonce, phone.e164.slice(3)]) expect(page.text).not.toContain(secret)
  })

  test('a new code is asked for once, however often the button is pressed', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const old = (await ann.get('/code')).login().loginId
    await demo.api.cancel(old)
    await demo.untilSendable(phone.e164)
    const attempt = (await ann.get('/code')).attempt()
    const sent = await Promise.all([ann.copy(), ann].map((tab) => tab.post('/code/restart', { attempt })))
    expect(sent.map(({ location }) => location)).toEqual(['/code', '/code'])
    expect(demo.inbox(phone.e164)).toHaveLength(2)
    expect((await ann.get('/code')).login().loginId).not.toBe(old)
    await demo.enterCode(ann, phone.e164)
  })

  test('a new code that could not be sent is sent when it is asked for once more', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    await demo.api.cancel((await ann.get('/code')).login().loginId)
    await demo.untilSendable(phone.e164)
    demo.house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status', status: 401 } })
    const attempt = (await ann.get('/code')).attempt()
    const refused = await ann.post('/code/restart', { attempt })
    expect(refused.alert()).toBe(NO_CODE)
    demo.house.sandbox.clearFaults()
    await demo.untilSendable(phone.e164)
    expect((await ann.post('/code/restart', { attempt: refused.attempt() })).location).toBe('/code')
    await demo.enterCode(ann, phone.e164)
  })

  test('a new code that may not be sent yet is told, and the attempt goes on', async () => {
    const demo = await openDemo({ resendIntervalSeconds: 30 })
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const refused = await ann.post('/code/restart')
    expect(refused).toMatchObject({ status: 422 })
    expect(refused.alert()).toBe(NO_CODE)
    expect(refused.headers.get('retry-after')).toBeNull()
    expect((await ann.get('/code')).status).toBe(200)
  })

  test('an enrolment is given up here and at Postern, and its user stays signed in', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    const { loginId } = (await ann.get('/code')).login()
    expect((await ann.post('/code/cancel')).location).toBe('/two-factor')
    expect((await demo.api.read(loginId)).body).toMatchObject({ status: 'canceled' })
    expect((await ann.get('/code')).location).toBe('/sign-in')
    expect((await ann.get('/account')).status).toBe(200)
  })

  test('a sign-in is given up with its session', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const ann = demo.visitor()
    await ann.post('/sign-in', { name, password })
    expect((await ann.post('/code/cancel')).location).toBe('/sign-in')
    expect(ann.cookies.size).toBe(0)
  })

  test('giving up a login that has ended at Postern gives it up here', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
    await demo.api.cancel((await ann.get('/code')).login().loginId)
    expect((await ann.post('/code/cancel')).location).toBe('/two-factor')
    expect((await ann.get('/code')).location).toBe('/sign-in')
  })

  test.each(['enrolment', 'login'] as const)(
    'after fifteen minutes the password counts no more: %s',
    async (purpose) => {
      const demo = await openDemo()
      const phone = aPhone()
      const owner = purpose === 'login' ? await demo.userWith(phone.e164) : await demo.user()
      const ann = purpose === 'login' ? demo.visitor() : owner
      if (purpose === 'login') await demo.untilSendable(phone.e164)
      await (purpose === 'login'
        ? ann.post('/sign-in', { name: owner.name, password })
        : ann.post('/two-factor', { country: 'SG', phone: phone.e164 }))
      const assertion = await demo.proofFor(ann, phone.e164)

      const { digest, session, pending } = awaited(demo, ann)
      const startedAt = pending.startedAt - 15 * 60_000
      demo.store.sessions.put(digest, { ...session, pending: { ...pending, startedAt } })
      expect((await ann.get('/code')).location).toBe('/sign-in')
      expect((await ann.post('/code/restart')).location).toBe('/sign-in')
      expect((await ann.postJson('/code/verdict', { assertion })).status).toBe(403)
      expect((await ann.get('/account')).status).toBe(purpose === 'login' ? 303 : 200)
    },
  )

  test.each(['enrolment', 'login'] as const)(
    'a new code does not renew the fifteen minutes of the password: %s',
    async (purpose) => {
      const demo = await openDemo()
      const phone = aPhone()
      const owner = purpose === 'login' ? await demo.userWith(phone.e164) : await demo.user()
      const ann = purpose === 'login' ? demo.visitor() : owner
      if (purpose === 'login') await demo.untilSendable(phone.e164)
      await (purpose === 'login'
        ? ann.post('/sign-in', { name: owner.name, password })
        : ann.post('/two-factor', { country: 'SG', phone: phone.e164 }))
      const { digest, session, pending } = awaited(demo, ann)
      const startedAt = pending.startedAt - 10 * 60_000
      demo.store.sessions.put(digest, { ...session, pending: { ...pending, startedAt } })
      await demo.api.cancel(pending.loginId)
      await demo.untilSendable(phone.e164)
      const attempt = (await ann.get('/code')).attempt()
      expect((await ann.post('/code/restart', { attempt })).location).toBe('/code')
      const after = awaited(demo, ann)
      expect(after.pending.loginId).not.toBe(pending.loginId)
      expect(after.pending.startedAt).toBe(startedAt)
      expect(after.session.expiresAt).toBe(session.expiresAt)
      await demo.enterCode(ann, phone.e164)
    },
  )

  test('a sign-in that is given up while a new code is sent stays given up', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const ann = demo.visitor()
    await ann.post('/sign-in', { name, password })
    const thief = ann.copy()
    await demo.api.cancel((await ann.get('/code')).login().loginId)
    await demo.untilSendable(phone.e164)
    demo.house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1000 } })
    const before = demo.house.sends().length
    const restarting = thief.post('/code/restart', { attempt: (await thief.get('/code')).attempt() })
    await expect.poll(() => demo.house.sends().length).toBe(before + 1)
    await ann.post('/code/cancel')
    const restarted = await restarting
    expect(restarted.location).toBe('/code')
    expect(restarted.headers.getSetCookie()).toEqual([])
    expect((await thief.get('/code')).location).toBe('/sign-in')
  })

  test('nobody else finds anything at its pages', async () => {
    const demo = await openDemo()
    const visitor = demo.visitor()
    expect((await visitor.get('/code')).location).toBe('/sign-in')
    expect((await visitor.post('/code/restart')).location).toBe('/sign-in')
    expect((await visitor.post('/code/cancel')).location).toBe('/sign-in')
    expect((await visitor.postJson('/code/verdict', { assertion: 'x' })).status).toBe(403)
  })
})

/** The visitor's session, by the name that the store has for it, and the code that it awaits. */
function awaited(demo: OpenDemo, visitor: Visitor) {
  const name = visitor.cookies.get('demo-session') ?? ''
  const digest = createHash('sha256').update(name).digest('base64url')
  const session = demo.store.sessions.byDigest(digest)
  if (session?.pending === undefined) throw new Error('no code is awaited')
  return { digest, session, pending: session.pending }
}
