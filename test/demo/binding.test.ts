/**
 * BIND-9 end to end: with a right password in one session, what is shown to `/code/verdict` that is not this session's
 * own login, verified. And BIND-11: what the phone shows.
 */
import { createHmac, createPrivateKey } from 'node:crypto'
import { base64url, decodeJwt, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { describe, expect, test } from 'vitest'
import { createPosternClient } from '../../client/index.ts'
import { createVerdict } from '../../demo/verdict.ts'
import { createStore } from '../../demo/store.ts'
import { newSigningKey } from '../../platform/signing/new-signing-key.ts'
import { json, openScripted, reset } from '../client/scripted.ts'
import { openDemo, type DemoOptions, type OpenDemo, type Visitor } from '../support/demo.ts'
import { aPhone } from '../support/house.ts'
import { untilResendable } from '../support/http.ts'
import { issuer, newProofs, signingKeys } from '../support/proofs.ts'

const password = 'correct horse battery staple'
let users = 0

/** Somebody with an account whose two-factor login is on, signed out. */
async function aUser(demo: OpenDemo) {
  users += 1
  const name = `user-${users}`
  const phone = aPhone()
  await demo.visitor().post('/sign-up', { name, password })
  const id = demo.store.accounts.byName(name)?.id ?? ''
  demo.store.accounts.update(id, { phone: { e164: phone.e164, masked: phone.masked } })
  return { id, name, phone: phone.e164 }
}

type User = Awaited<ReturnType<typeof aUser>>

/** A browser in which the password was right, and whose code is awaited. */
async function withPassword(demo: OpenDemo, { name }: User) {
  const visitor = demo.visitor()
  const attempt = (await visitor.get('/sign-in')).attempt()
  const answer = await visitor.post('/sign-in', { name, password, attempt })
  expect([answer.status, answer.location]).toEqual([303, '/code'])
  return visitor
}

/** As the page does: the code to Postern, by the login's own token. */
async function enterCode(demo: OpenDemo, visitor: Visitor, { phone }: Pick<User, 'phone'>): Promise<string> {
  const { loginId, clientToken } = (await visitor.get('/code')).login()
  const browser = createPosternClient({ baseUrl: demo.api.url, clientToken })
  return assertionOf(await browser.submit(loginId, demo.codeFor(phone)))
}

function assertionOf({ assertion }: { readonly assertion?: string }): string {
  if (assertion === undefined) throw new Error('there is no assertion')
  return assertion
}

const show = async (visitor: Visitor, assertion: string) =>
  (await visitor.postJson('/code/verdict', { assertion })).status

const isIn = async (visitor: Visitor) => (await visitor.get('/account')).status === 200

/** A demo, somebody whose password was right, and the assertion for which this session waits. */
async function awaiting(options: DemoOptions = {}) {
  const demo = await openDemo(options)
  const user = await aUser(demo)
  const visitor = await withPassword(demo, user)
  const page = (await visitor.get('/code')).text
  const assertion = await enterCode(demo, visitor, user)
  return { demo, user, visitor, page, assertion }
}

test('BIND-9: the assertion of this session’s own login lets its user in, and only from then on', async () => {
  const { visitor, assertion } = await awaiting()
  expect(await isIn(visitor)).toBe(false)
  const answer = await visitor.postJson('/code/verdict', { assertion })
  expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { location: '/account' }])
  expect(await isIn(visitor)).toBe(true)
})

test('BIND-9: the nonce is in the assertion, and in nothing that a browser got before', async () => {
  const { page, visitor, assertion, demo } = await awaiting()
  const { nonce } = decodeJwt(assertion)
  expect(String(nonce)).toMatch(/^[\w-]{43}$/)
  expect(page).not.toContain(String(nonce))
  expect([...visitor.cookies.values()].join()).not.toContain(String(nonce))
  expect(demo.log.join()).not.toContain(String(nonce))
})

test('TOK-7: an assertion is taken once: not here again, not in a copy of this browser, not elsewhere', async () => {
  const { demo, visitor, assertion } = await awaiting()
  const copy = visitor.copy()
  expect(await show(visitor, assertion)).toBe(200)
  expect(await show(visitor, assertion)).toBe(403)
  for (const other of [copy, demo.visitor()]) {
    expect(await show(other, assertion)).toBe(403)
    expect(await isIn(other)).toBe(false)
  }
})

test('TOK-7: shown ten times at once, the assertion lets one session in', async () => {
  const { visitor, assertion } = await awaiting()
  const copies = Array.from({ length: 10 }, () => visitor.copy())
  const statuses = await Promise.all(copies.map((copy) => show(copy, assertion)))
  expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 403)])
})

describe('BIND-9: refused is the true assertion of', () => {
  test('another user', async () => {
    const { demo, visitor, assertion } = await awaiting()
    const mallory = await withPassword(demo, await aUser(demo))
    expect(await show(mallory, assertion)).toBe(403)
    expect(await isIn(mallory)).toBe(false)
    expect(await show(visitor, assertion)).toBe(200)
  })

  test('the same user’s login in another browser', async () => {
    const demo = await openDemo()
    const user = await aUser(demo)
    const here = await withPassword(demo, user)
    const { loginId, clientToken } = (await here.get('/code')).login()
    await untilResendable(await createPosternClient({ baseUrl: demo.api.url, clientToken }).read(loginId))
    const elsewhere = await withPassword(demo, user)
    const assertion = await enterCode(demo, elsewhere, user)
    expect(await show(here, assertion)).toBe(403)
    expect(await isIn(here)).toBe(false)
    expect(await show(elsewhere, assertion)).toBe(200)
  })

  test.each(['login', 'enrolment'] as const)(
    'the same user’s %s that something else started with the product’s key',
    async (purpose) => {
      const demo = await openDemo()
      const user = await aUser(demo)
      const visitor = await withPassword(demo, user)
      const apiKey = demo.api.authorization('acme').replace('Bearer ', '')
      const other = createPosternClient({ baseUrl: demo.api.url, apiKey })
      for (const nonce of [{ nonce: 'of-another' }, {}]) {
        const { e164: phone } = aPhone()
        const { id } = await other.start({ phone, userId: user.id, purpose, ...nonce })
        expect(await show(visitor, assertionOf(await other.submit(id, demo.codeFor(phone))))).toBe(403)
      }
      expect(await isIn(visitor)).toBe(false)
      expect(await show(visitor, await enterCode(demo, visitor, user))).toBe(200)
    },
  )

  test('a session whose sign-in was given up', async () => {
    const { visitor, assertion } = await awaiting()
    const copy = visitor.copy()
    await visitor.post('/code/cancel')
    expect(await show(visitor, assertion)).toBe(403)
    expect(await show(copy, assertion)).toBe(403)
    expect(await isIn(copy)).toBe(false)
  })
})

describe('BIND-9, TOK-10: refused is what only looks like it:', () => {
  const key = newSigningKey()
  const postern = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const stranger = createPrivateKey({ key: { ...newSigningKey() }, format: 'jwk' })
  const header = { alg: 'EdDSA', typ: 'login-assertion+jwt', kid: key.kid }
  const sign = (claims: JWTPayload, more: object = {}, by = postern) =>
    new SignJWT(claims).setProtectedHeader({ ...header, ...more }).sign(by)
  const hmac = (claims: JWTPayload) => {
    const parts = [{ ...header, alg: 'HS256' }, claims].map((part) => base64url.encode(JSON.stringify(part)))
    const input = parts.join('.')
    const secret = Buffer.from(key.x, 'base64url')
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }

  test('each forgery that differs from the true one in one thing, and the true one is taken after all of them', async () => {
    const proofs = newProofs(signingKeys(key))
    const { visitor, assertion } = await awaiting({ http: { proofs } })
    const claims = decodeJwt(assertion)
    const { nonce: _nonce, ...withoutNonce } = claims
    const forgeries: Record<string, string> = {
      'another nonce': await sign({ ...claims, nonce: 'x' }),
      'no nonce': await sign(withoutNonce),
      'another login': await sign({ ...claims, login_id: `${String(claims.login_id)}x` }),
      'another user': await sign({ ...claims, sub: 'user-0' }),
      'another purpose': await sign({ ...claims, purpose: 'enrolment' }),
      'another audience': await sign({ ...claims, aud: 'other' }),
      'another issuer': await sign({ ...claims, iss: 'https://evil.example' }),
      expired: await sign({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
      'signed by another key': await sign(claims, {}, stranger),
      'no algorithm': new UnsecuredJWT(claims).encode(),
      'HS256 by the public key': hmac(claims),
      'a JWT like any other': await sign(claims, { typ: 'JWT' }),
    }
    for (const [what, forgery] of Object.entries(forgeries)) {
      expect([what, await show(visitor, forgery)]).toEqual([what, 403])
    }
    expect(await isIn(visitor)).toBe(false)
    // Signed here, as all of them were, and in nothing else different.
    expect(await show(visitor, await sign(claims))).toBe(200)
  })
})

test('BIND-9: while the keys are away the session waits, and the same assertion is good when they are back', async () => {
  const proofs = newProofs()
  const jwks = await openScripted(reset, json(503, {}), json(200, proofs.assertions.jwks()))
  const store = createStore()
  const verdict = createVerdict({ issuer, audience: 'acme', jwksUrl: new URL(jwks.url), store })
  const { visitor, assertion } = await awaiting({ http: { proofs }, deps: { store, verdict } })
  expect(await show(visitor, assertion)).toBe(503)
  expect(await show(visitor, assertion)).toBe(503)
  expect(await isIn(visitor)).toBe(false)
  expect(await show(visitor, assertion)).toBe(200)
  expect(await isIn(visitor)).toBe(true)
})

test('BIND-11: with a domain at Postern, the SMS on the phone ends with the domain and the code', async () => {
  const demo = await openDemo({ settings: { domain: 'amazing.example' } })
  const user = await aUser(demo)
  await withPassword(demo, user)
  const lines = demo.inbox(user.phone).map(({ text }) => text.split('\n').at(-1))
  expect(lines).toEqual([`@amazing.example #${demo.codeFor(user.phone)}`])
})

test('BIND-11: the SMS that confirms a number ends like that, too', async () => {
  const demo = await openDemo({ settings: { domain: 'amazing.example' } })
  const visitor = demo.visitor()
  await visitor.post('/sign-up', { name: 'ann', password })
  const phone = aPhone().e164
  const attempt = (await visitor.get('/two-factor')).attempt()
  await visitor.post('/two-factor', { country: 'SG', phone: phone.slice(3), attempt })
  const lines = demo.inbox(phone).map(({ text }) => text.split('\n').at(-1))
  expect(lines).toEqual([`@amazing.example #${demo.codeFor(phone)}`])
})
