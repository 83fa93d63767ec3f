/** Which pages may read an answer. Browsers keep these rules; we only name the origins. */
import { describe, expect, test } from 'vitest'
import { toClientToken } from '../../../api/client-token.ts'
import type { App } from '../../../domain/app.ts'
import { anApp, appsOf } from '../../support/apps.ts'
import { newProofs } from '../../support/proofs.ts'
import { apiKey, given, loginId } from './harness.ts'

const [shopOrigin, gameOrigin, foreign] = [
  'https://shop.example',
  'https://game.example',
  'https://evil.example',
]
const shop = anApp({ origins: [shopOrigin, 'https://www.shop.example'] })
const game = anApp({ name: 'game', origins: [gameOrigin] })
const proofs = newProofs()
const token = toClientToken(proofs.clientTokens, shop, loginId)
const path = `/v1/logins/${loginId}/code`

function here(apps: readonly App[] = [shop, game]) {
  const rows = apps.map((app) => ({
    app,
    apiKey: app.name === 'shop' ? apiKey : `pk_${app.name}_1234567890`,
  }))
  return given({}, {}, { ...proofs, apps: appsOf(rows) })
}

function preflight(origin: string, house = here(), at = path) {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  }
  return house.request(at, { method: 'OPTIONS', headers })
}

function submit(origin: string, bearer = token, house = here()) {
  const headers = { origin, authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  return house.request(path, { method: 'POST', headers, body: '{"code":1}' })
}

const allowedBy = (response: Response) => response.headers.get('access-control-allow-origin')
const varies = (response: Response) => response.headers.get('vary')?.split(', ')

test.each([shopOrigin, 'https://www.shop.example', gameOrigin])(
  'API-11: a preflight of %s is granted, whichever app lists it',
  async (origin) => {
    const response = await preflight(origin)
    expect(response.status).toBe(204)
    expect(allowedBy(response)).toBe(origin)
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST')
    expect(response.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual([
      'authorization',
      'content-type',
      'idempotency-key',
      'prefer',
      'last-event-id',
      'x-request-id',
    ])
    expect(response.headers.get('access-control-max-age')).toBe('600')
    expect(varies(response)).toContain('Origin')
  },
)

describe('API-11: only whole origins of the list', () => {
  test.each([
    foreign,
    'null',
    'http://shop.example',
    'https://shop.example:8443',
    'https://shop.example.evil.example',
    'https://SHOP.example',
    '*',
  ])('%s is named neither in a preflight nor in an answer', async (origin) => {
    for (const response of [await preflight(origin), await submit(origin)]) {
      expect(allowedBy(response)).toBeNull()
      expect(varies(response)).toContain('Origin')
    }
  })
})

test('API-11: a login’s token is good for its app’s pages, and not for another app’s', async () => {
  expect(allowedBy(await submit(shopOrigin))).toBe(shopOrigin)
  expect(allowedBy(await submit(gameOrigin))).toBeNull()
  expect(allowedBy(await submit(gameOrigin, 'pk_game_1234567890'))).toBe(gameOrigin)
})

test('API-11: what comes from elsewhere is answered as ever', async () => {
  const [ours, theirs] = [await submit(shopOrigin), await submit(foreign)]
  expect(theirs.status).toBe(ours.status)
  expect((await preflight(foreign)).status).toBe(405)
})

test('API-11: a page can read what went wrong, also before anybody knows whose login it is', async () => {
  const house = here()
  const wrong = toClientToken(proofs.clientTokens, shop, `lg_${'b'.repeat(50)}`)
  const answers = [
    await submit(shopOrigin, 'nobody'),
    await submit(shopOrigin, wrong),
    await submit(shopOrigin),
  ]
  expect(answers.map(({ status }) => status)).toEqual([401, 404, 422])
  expect(answers.map(allowedBy)).toEqual([shopOrigin, shopOrigin, shopOrigin])
  const broken = await house.request(`/v1/logins/${loginId}`, {
    headers: { origin: shopOrigin, authorization: `Bearer ${token}` },
  })
  expect([broken.status, allowedBy(broken)]).toEqual([500, shopOrigin])
  const exposed = broken.headers.get('access-control-expose-headers')?.split(', ')
  expect(exposed).toEqual(
    expect.arrayContaining(['Location', 'Retry-After', 'X-Request-Id', 'Preference-Applied']),
  )
})

test('API-11: no answer allows every origin or asks for cookies', async () => {
  for (const origin of [shopOrigin, foreign]) {
    for (const response of [await preflight(origin), await submit(origin)]) {
      expect(allowedBy(response)).not.toBe('*')
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
  }
})

test('FRD-8: no page of any origin may start logins, list them or read numbers', async () => {
  for (const at of ['/v1/logins', '/v1/numbers/%2B6591234567']) {
    const response = await preflight(shopOrigin, here(), at)
    expect([response.status, allowedBy(response)]).toEqual([405, null])
  }
})

test('API-11: an origin that the apps gain or lose counts from then on', async () => {
  let apps = appsOf([{ app: game, apiKey }])
  const house = given(
    {},
    {},
    {
      ...proofs,
      apps: { all: () => apps.all(), byName: (name) => apps.byName(name), byKey: (key) => apps.byKey(key) },
    },
  )
  expect(allowedBy(await preflight(shopOrigin, house))).toBeNull()
  apps = appsOf([{ app: shop, apiKey }])
  expect(allowedBy(await preflight(shopOrigin, house))).toBe(shopOrigin)
  expect(allowedBy(await preflight(gameOrigin, house))).toBeNull()
})
