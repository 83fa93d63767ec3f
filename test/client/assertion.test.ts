import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAssertions } from '../../platform/signing/assertions.ts'
import { newSigningKey } from '../../platform/signing/new-signing-key.ts'
import { parseSigningKeys } from '../../platform/signing/signing-keys.ts'
import { PosternProofError, verifyAssertion } from '../../client/index.ts'

const issuer = 'https://postern.example'
const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
const publicJwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'EdDSA', use: 'sig' }
const jwks = { keys: [publicJwk] }
const expected = { issuer, audience: 'shop', nonce: 'n-1', jwks }

const now = () => Math.floor(Date.now() / 1000)

function sign(claims: object = {}, header: object = {}, key = privateKey) {
  const payload = {
    iss: issuer,
    aud: 'shop',
    jti: 'j-1',
    iat: now(),
    exp: now() + 120,
    auth_time: now(),
    amr: ['otp', 'sms'],
    login_id: 'lg_x',
    sub: 'u-1',
    purpose: 'login',
    nonce: 'n-1',
    ...claims,
  }
  const protectedHeader = { alg: 'EdDSA', typ: 'login-assertion+jwt', kid: 'k1', ...header }
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key)
}

async function refusal(given: Partial<Parameters<typeof verifyAssertion>[0]>): Promise<unknown> {
  return verifyAssertion({ token: '', ...expected, ...given }).then(
    () => expect.fail('it should have been refused'),
    (error: unknown) => error,
  )
}

test('an assertion as it must be is taken, and its claims are given', async () => {
  const claims = await verifyAssertion({ token: await sign(), ...expected, loginId: 'lg_x' })
  expect(claims).toMatchObject({ sub: 'u-1', login_id: 'lg_x', amr: ['otp', 'sms'], nonce: 'n-1' })
})

test('what Postern signs is what this takes', async () => {
  const parsed = parseSigningKeys(JSON.stringify({ keys: [newSigningKey()] }))
  if (!('keys' in parsed)) throw new Error(parsed.problems.join())
  const assertions = createAssertions({ issuer, keys: { all: () => parsed.keys } })
  const token = await assertions.sign({
    loginId: 'lg_x',
    audience: 'shop',
    subject: 'u-1',
    verifiedAt: new Date().toISOString(),
    channel: 'call',
    purpose: 'enrolment',
    nonce: 'n-1',
  })
  const { keys } = assertions.jwks()
  const claims = await verifyAssertion({ token, ...expected, jwks: { keys: [...keys] } })
  expect(claims).toMatchObject({ sub: 'u-1', amr: ['otp', 'tel'], purpose: 'enrolment', login_id: 'lg_x' })
})

describe('API-15: a word that somebody is verified is not believed when it', () => {
  const rows: readonly (readonly [why: string, claims: object, header: object])[] = [
    ['is of another issuer', { iss: 'https://evil.example' }, {}],
    ['is for another audience', { aud: 'other' }, {}],
    ['is for several audiences', { aud: ['shop', 'other'] }, {}],
    ['belongs to another attempt', { nonce: 'n-2' }, {}],
    ['belongs to no attempt', { nonce: undefined }, {}],
    ['has no end', { exp: undefined }, {}],
    ['names no login', { login_id: undefined }, {}],
    ['is another kind of token', {}, { typ: 'JWT' }],
    ['is of no kind', {}, { typ: undefined }],
    ['names a key that the issuer has not', {}, { kid: 'k2' }],
  ]
  test.each(rows)('%s', async (_, claims, header) => {
    const error = await refusal({ token: await sign(claims, header) })
    expect(error).toBeInstanceOf(PosternProofError)
    expect(error).toMatchObject({ code: 'invalid' })
  })

  test('is of another login than the one that was asked about', async () => {
    expect(await refusal({ token: await sign(), loginId: 'lg_y' })).toMatchObject({ code: 'invalid' })
  })

  test('has a nonce and the login was started without', async () => {
    expect(await refusal({ token: await sign(), nonce: null })).toMatchObject({ code: 'invalid' })
  })

  test('is signed by another key', async () => {
    const other = await generateKeyPair('EdDSA')
    expect(await refusal({ token: await sign({}, {}, other.privateKey) })).toMatchObject({ code: 'invalid' })
  })

  test('chooses an algorithm of its own, with the public key as the secret', async () => {
    const secret = new TextEncoder().encode(String(publicJwk.x))
    const payload = { iss: issuer, aud: 'shop', nonce: 'n-1', exp: now() + 120 }
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256', typ: 'login-assertion+jwt', kid: 'k1' })
      .sign(secret)
    expect(await refusal({ token })).toMatchObject({ code: 'invalid' })
  })

  test.each([
    ['is no token', 'yes'],
    ['is empty', ''],
    ['says that it is unsigned', `${btoa('{"alg":"none"}')}.e30.`],
  ])('%s', async (_, token) => {
    expect(await refusal({ token })).toMatchObject({ code: 'invalid' })
  })

  test('was changed after it was signed', async () => {
    const [header = '', , signature = ''] = (await sign()).split('.')
    const [, payload = ''] = (await sign({ login_id: 'lg_y' })).split('.')
    expect(await refusal({ token: `${header}.${payload}.${signature}` })).toMatchObject({ code: 'invalid' })
  })

  test('is over', async () => {
    const token = await sign({ iat: now() - 300, exp: now() - 60 })
    expect(await refusal({ token })).toMatchObject({ code: 'expired' })
  })
})

describe('the keys of the issuer', () => {
  async function serveKeys(status: number) {
    let asked = 0
    const server = createServer((request, response) => {
      if (request.url === '/.well-known/jwks.json') asked += 1
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(jwks))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, asked: () => asked }
  }

  test('are fetched once for many assertions', async () => {
    const { url, asked } = await serveKeys(200)
    for (const jti of ['j-1', 'j-2', 'j-3']) {
      const token = await sign({ iss: url, jti })
      await verifyAssertion({ token, issuer: url, audience: 'shop', nonce: 'n-1' })
    }
    expect(asked()).toBe(1)
  })

  test('that cannot be had are no verdict', async () => {
    const { url } = await serveKeys(500)
    const verdict = verifyAssertion({
      token: await sign({ iss: url }),
      issuer: url,
      audience: 'shop',
      nonce: 'n-1',
    })
    await expect(verdict).rejects.toMatchObject({ name: 'PosternProofError', code: 'keys-unavailable' })
  })
})
