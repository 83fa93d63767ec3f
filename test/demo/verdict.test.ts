/** A third party's look at an assertion: what differs in one thing from a good one is refused. */
import { createHmac, createPrivateKey } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { base64url, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Pending } from '../../demo/second-factor.ts'
import { createStore } from '../../demo/store.ts'
import { createVerdict } from '../../demo/verdict.ts'
import { newSigningKey, type SigningJwk } from '../../platform/signing/new-signing-key.ts'

const issuer = 'https://postern.example'
const audience = 'amazing'
const key = newSigningKey()

const pending: Pending = {
  loginId: 'lg_1',
  clientToken: 'ct_1',
  nonce: 'nonce-1',
  purpose: 'login',
  phone: '+••••••••67',
  channel: 'sms',
  e164: '+6591234567',
  userId: 'user-1',
  startedAt: 0,
}

function goodClaims(): JWTPayload & Readonly<Record<'exp' | 'iat', number>> {
  const iat = Math.floor(Date.now() / 1000)
  const { loginId: login_id, nonce, purpose, userId: sub } = pending
  return {
    iss: issuer,
    aud: audience,
    sub,
    jti: 'as_1',
    iat,
    nbf: iat,
    exp: iat + 120,
    auth_time: iat,
    amr: ['otp', 'sms'],
    login_id,
    purpose,
    nonce,
  }
}

const goodHeader = { alg: 'EdDSA', typ: 'login-assertion+jwt', kid: key.kid }

function sign(claims: JWTPayload, header: object = {}, by: SigningJwk = key, crit = {}): Promise<string> {
  const privateKey = createPrivateKey({ key: { ...by }, format: 'jwk' })
  return new SignJWT(claims).setProtectedHeader({ ...goodHeader, ...header }).sign(privateKey, { crit })
}

/** A signature by the public key, which everybody has, as if it were a secret. */
function signByPublicKey(claims: JWTPayload, secret: Buffer): string {
  const parts = [{ ...goodHeader, alg: 'HS256' }, claims].map((part) =>
    base64url.encode(JSON.stringify(part)),
  )
  const input = parts.join('.')
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

type Reply = (response: ServerResponse) => void

/** Where the keys are published, until the test ends; what it answers may change meanwhile. */
async function openVerdict() {
  const { kty, crv, x, kid } = key
  const published: Reply = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ keys: [{ kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }] }))
  let reply = published
  const server = createServer((_request, response) => reply(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const jwksUrl = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`)
  const store = createStore()
  const verify = createVerdict({ issuer, audience, jwksUrl, store })
  return {
    verify,
    outcomeOf: async (token: string, of = pending) => (await verify(token, of)).outcome,
    answer: (next: Reply) => (reply = next),
    publish: () => (reply = published),
  }
}

test('TOK-7: an assertion for this session is taken, once', async () => {
  const { outcomeOf } = await openVerdict()
  const token = await sign(goodClaims())
  expect(await outcomeOf(token)).toBe('verified')
  expect(await outcomeOf(token)).toBe('refused')
})

test('TOK-7: an assertion that is shown ten times at once is taken once', async () => {
  const { outcomeOf } = await openVerdict()
  const token = await sign(goodClaims())
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(token)))
  expect(outcomes.filter((outcome) => outcome === 'verified')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(9)
})

test('TOK-7: an assertion signed anew under the same jti is taken once', async () => {
  const { outcomeOf } = await openVerdict()
  const claims = goodClaims()
  expect(await outcomeOf(await sign(claims))).toBe('verified')
  expect(await outcomeOf(await sign({ ...claims, exp: claims.exp + 1 }))).toBe('refused')
})

const now = () => Math.floor(Date.now() / 1000)

describe('refused is an assertion that differs from a good one in', () => {
  const claims: Record<string, (good: ReturnType<typeof goodClaims>) => JWTPayload> = {
    'BIND-9: its nonce': (good) => ({ ...good, nonce: 'nonce-2' }),
    'BIND-9: having no nonce': ({ nonce: _, ...good }) => good,
    'BIND-9: its login': (good) => ({ ...good, login_id: 'lg_2' }),
    'having no login': ({ login_id: _, ...good }) => good,
    'its user': (good) => ({ ...good, sub: 'user-2' }),
    'having no user': ({ sub: _, ...good }) => good,
    'its purpose': (good) => ({ ...good, purpose: 'enrolment' }),
    'having no purpose': ({ purpose: _, ...good }) => good,
    'TOK-3: its audience': (good) => ({ ...good, aud: 'other' }),
    'TOK-3: its issuer': (good) => ({ ...good, iss: 'https://evil.example' }),
    'TOK-3: having expired': (good) => ({ ...good, exp: now() - 60 }),
    'TOK-3: never expiring': ({ exp: _, ...good }) => good,
    'TOK-3: not being valid yet': (good) => ({ ...good, nbf: now() + 3600 }),
    'TOK-7: having no name': ({ jti: _, ...good }) => good,
  }
  test.each(Object.entries(claims))('%s', async (_what, change) => {
    const { outcomeOf } = await openVerdict()
    const good = goodClaims()
    expect(await outcomeOf(await sign(change(good)))).toBe('refused')
    // It used nothing up, and nothing else stood in its way.
    expect(await outcomeOf(await sign(good))).toBe('verified')
  })

  const stranger = newSigningKey()
  const publicKey = { kty: key.kty, crv: key.crv, x: key.x }
  const strangersPublicKey = { kty: stranger.kty, crv: stranger.crv, x: stranger.x }
  const signed: Record<string, (good: JWTPayload) => string | Promise<string>> = {
    'TOK-1: its key, under our key id': (good) => sign(good, {}, stranger),
    'TOK-1: its key, under its own id': (good) => sign(good, { kid: stranger.kid }, stranger),
    'TOK-1: its key, which it brings along': (good) => sign(good, { jwk: strangersPublicKey }, stranger),
    'TOK-1: its key, of which it names the address': (good) =>
      sign(good, { jku: 'https://evil.example/jwks' }, stranger),
    'TOK-1: having no algorithm': (good) => new UnsecuredJWT(good).encode(),
    'TOK-1: HS256 by the bytes of the public key': (good) =>
      signByPublicKey(good, Buffer.from(key.x, 'base64url')),
    'TOK-1: HS256 by the public key as it is published': (good) =>
      signByPublicKey(good, Buffer.from(JSON.stringify(publicKey))),
    'TOK-2: its type, JWT': (good) => sign(good, { typ: 'JWT' }),
    'TOK-2: its type, an access token': (good) => sign(good, { typ: 'at+jwt' }),
    'TOK-2: having no type': (good) => sign(good, { typ: undefined }),
    'a critical extension that nobody knows': (good) => sign(good, { crit: ['x'], x: 1 }, key, { x: true }),
    'its last letters': async (good) => `${(await sign(good)).slice(0, -8)}AAAAAAAA`,
    'a claim changed after it was signed': async (good) => {
      const [header, , signature] = (await sign({ ...good, nonce: 'nonce-2' })).split('.')
      return `${header ?? ''}.${base64url.encode(JSON.stringify(good))}.${signature ?? ''}`
    },
    'being no token': () => 'verified',
    'being nothing': () => '',
  }
  test.each(Object.entries(signed))('%s', async (_what, forge) => {
    const { outcomeOf } = await openVerdict()
    const good = goodClaims()
    expect(await outcomeOf(await forge(good))).toBe('refused')
    expect(await outcomeOf(await sign(good))).toBe('verified')
  })
})

describe('while the keys are away', () => {
  const away: Record<string, Reply> = {
    'the connection breaks': (response) => response.destroy(),
    'the answer is 503': (response) => response.writeHead(503).end(),
    'the answer is 404': (response) => response.writeHead(404).end(),
    'the answer leads elsewhere': (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    'the answer is a page': (response) => response.writeHead(200).end('<html>'),
    'the answer is no set of keys': (response) => response.writeHead(200).end('{"keys": 1}'),
  }
  test.each(Object.entries(away))(
    'an assertion is not checked and not refused, and good when they are back: %s',
    async (_what, reply) => {
      const { answer, publish, outcomeOf } = await openVerdict()
      const token = await sign(goodClaims())
      answer(reply)
      expect(await outcomeOf(token)).toBe('unavailable')
      publish()
      expect(await outcomeOf(token)).toBe('verified')
    },
  )

  test('keys that were fetched before are as good as ever', async () => {
    const { answer, outcomeOf } = await openVerdict()
    expect(await outcomeOf(await sign({ ...goodClaims(), nonce: 'another' }))).toBe('refused')
    answer((response) => response.destroy())
    expect(await outcomeOf(await sign(goodClaims()))).toBe('verified')
  })
})
