/** An identity provider on a socket of its own: it publishes a key, and signs good tokens and bad ones. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { onTestFinished } from 'vitest'

export type TokenKind =
  | 'good'
  | 'expired'
  | 'without exp'
  | 'not yet'
  | 'another audience'
  | 'no audience'
  | 'another issuer'
  | 'without sub'
  | 'another key'
  | 'unknown key'
  | 'alg none'
  | 'HS256 with the public key'
  | 'changed'
  | 'garbage'

const KEY_ID = 'key-of-the-test'
const pairs = { own: generateKeyPair('RS256'), other: generateKeyPair('RS256') }

/** `down`: its keys answer 500; `broken`: with something that is no key set; `not JSON`: with a web page. */
export async function openIdentityProvider(state: 'up' | 'down' | 'broken' | 'not JSON' = 'up') {
  const { publicKey, privateKey } = await pairs.own
  const bodies = {
    up: JSON.stringify({
      keys: [{ ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' }],
    }),
    down: '{}',
    broken: '{"keys":"none"}',
    'not JSON': '<html>',
  }
  let fetches = 0
  const server = createServer((_, response) => {
    fetches += 1
    response
      .writeHead(state === 'down' ? 500 : 200, { 'content-type': 'application/json' })
      .end(bodies[state])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const oidc = { jwksUrl: `${issuer}/keys`, issuer, audience: 'codec.example' }

  return {
    oidc,
    fetches: () => fetches,
    async token(kind: TokenKind = 'good'): Promise<string> {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        iss: kind === 'another issuer' ? 'https://evil.example' : issuer,
        ...(kind === 'no audience'
          ? {}
          : { aud: kind === 'another audience' ? 'api.example' : oidc.audience }),
        ...(kind === 'without sub' ? {} : { sub: 'ada@example.com' }),
        ...(kind === 'without exp' ? {} : { exp: kind === 'expired' ? now - 60 : now + 300 }),
        ...(kind === 'not yet' ? { nbf: now + 60 } : {}),
      }
      const sign = (key: CryptoKey | Uint8Array, alg = 'RS256', kid = KEY_ID) =>
        new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)
      switch (kind) {
        case 'another key':
          return sign((await pairs.other).privateKey)
        case 'unknown key':
          return sign((await pairs.other).privateKey, 'RS256', 'another-key')
        case 'alg none':
          return `${part({ alg: 'none' })}.${part(claims)}.`
        case 'HS256 with the public key':
          return sign(new TextEncoder().encode(await exportSPKI(publicKey)), 'HS256')
        case 'changed': {
          const [header = '', , signature = ''] = (await sign(privateKey)).split('.')
          return `${header}.${part({ ...claims, sub: 'eve@example.com' })}.${signature}`
        }
        case 'garbage':
          return 'a.b.c'
        default:
          return sign(privateKey)
      }
    },
  }
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
