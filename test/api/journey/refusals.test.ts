/** What every route refuses before it asks anybody, over a real socket: credentials, ids, methods, bodies. */
import { expect, test } from 'vitest'
import { openJourney, problemOf, untilResendable, type Answer } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

type Route = [method: string, path: string, body: object | undefined]

const routes: Route[] = [
  ['POST', '/v1/logins', { phone: '+6591234567' }],
  ['GET', '/v1/logins/lg_x', undefined],
  ['GET', '/v1/logins/lg_x/events', undefined],
  ['POST', '/v1/logins/lg_x/code', { code: '123456' }],
  ['POST', '/v1/logins/lg_x/resend', undefined],
  ['POST', '/v1/logins/lg_x/cancel', undefined],
  ['GET', '/v1/numbers/%2B6591234567', undefined],
]
const takers = routes.filter(([method]) => method === 'POST')

test.each(routes)('API-8: %s %s takes no call without a key', async (method, path, body) => {
  const { api } = await openJourney({ worker: 'none' })
  const answer = await api.anonymous.send(method, path, { body })
  expect(problemOf(answer)).toEqual({ status: 401, code: 'unauthorized' })
  expect(answer.headers.get('www-authenticate')).toBe('Bearer')
})

test.each(routes)('API-8: %s %s takes no key that it does not know', async (method, path, body) => {
  const { api } = await openJourney({ worker: 'none' })
  const headers = { authorization: 'Bearer pk_test_nobodys_key_0123456789' }
  const answer = await api.anonymous.send(method, path, { body, headers })
  expect(problemOf(answer)).toEqual({ status: 401, code: 'unauthorized' })
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
})

test('ENUM-4: on every route unknown, malformed and strangers’ ids are answered byte for byte alike', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const theirs = await api.as('other').login(phone)
  const unknown = [aPhone(), phone].map((one) => house.identity.newLoginId(house.workflowId(one)))
  const ids = [theirs.id, ...unknown, 'lg_x', `${theirs.id}A`, theirs.id.slice(3), '+6591234567']
  const ofOneLogin = routes.filter(([, path]) => path.includes('lg_x'))
  const answers: Answer[] = []
  for (const [method, path, body] of ofOneLogin) {
    for (const id of ids) {
      const at = path.replace('lg_x', encodeURIComponent(id))
      answers.push(await api.send(method, at, { body, headers: { 'x-request-id': 'same' } }))
    }
  }
  expect(answers).toHaveLength(5 * 7)
  expect(answers.map(problemOf)).toEqual(answers.map(() => ({ status: 404, code: 'not-found' })))
  expect(new Set(answers.map(fingerprint)).size).toBe(1)
  expect(house.checks()).toHaveLength(0)
  expect((await api.as('other').read(theirs.id)).body).toEqual(theirs)
})

/** All that a caller sees but the time of day. */
function fingerprint({ status, headers, text }: Answer): string {
  const others = [...headers].filter(([name]) => name !== 'date')
  return JSON.stringify([status, others, text])
}

test('API-10: a login that another app’s newer one has superseded is still its own app’s, and nobody else’s', async () => {
  const { api } = await openJourney()
  const phone = aPhone()
  const mine = await api.login(phone)
  await untilResendable(mine)
  const theirs = await api.as('other').login(phone)
  expect((await api.read(mine.id)).body).toMatchObject({ status: 'superseded' })
  expect(problemOf(await api.read(theirs.id))).toMatchObject({ status: 404 })
  expect(problemOf(await api.as('other').read(mine.id))).toMatchObject({ status: 404 })
})

test.each([
  ['DELETE', '/v1/logins/lg_x', 'GET'],
  ['PUT', '/v1/logins', 'POST'],
  ['GET', '/v1/logins/lg_x/code', 'POST'],
  ['PATCH', '/v1/logins/lg_x/resend', 'POST'],
  ['GET', '/v1/logins/lg_x/cancel', 'POST'],
  ['POST', '/v1/logins/lg_x/events', 'GET'],
  ['DELETE', '/v1/numbers/%2B6591234567', 'GET'],
  ['POST', '/readyz', 'GET'],
])('API-7: %s %s is not allowed, and Allow says what is', async (method, path, allowed) => {
  const { api } = await openJourney({ worker: 'none' })
  const answer = await api.send(method, path)
  expect(problemOf(answer)).toEqual({ status: 405, code: 'method-not-allowed' })
  expect(answer.headers.get('allow')?.split(', ')).toContain(allowed)
})

test('a path that is not ours is not found', async () => {
  const { api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.send('GET', '/v1/login'))).toEqual({ status: 404, code: 'not-found' })
})

test.each(takers)('API-6: %s %s takes JSON only when it can be parsed', async (_method, path) => {
  const { api } = await openJourney({ worker: 'none' })
  expect(problemOf(await api.send('POST', path, { body: '{"phone":' }))).toEqual({
    status: 400,
    code: 'malformed-json',
  })
})

test.each(takers)('API-6: %s %s takes at most 8 KiB', async (_method, path) => {
  const { api } = await openJourney({ worker: 'none' })
  const body = { brand: 'x'.repeat(9000) }
  expect(problemOf(await api.send('POST', path, { body }))).toEqual({
    status: 413,
    code: 'payload-too-large',
  })
})

test.each(takers)('API-6: %s %s takes application/json and nothing else', async (_method, path) => {
  const { api } = await openJourney({ worker: 'none' })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  expect(problemOf(await api.send('POST', path, { body: 'code=123456', headers }))).toEqual({
    status: 415,
    code: 'unsupported-media-type',
  })
})

test.each(takers)('API-4: %s %s takes no member that it does not know', async (_method, path, body) => {
  const { house, api } = await openJourney({ worker: 'none' })
  const sent = { ...body, status: 'verified' }
  expect(problemOf(await api.send('POST', path, { body: sent }))).toEqual({
    status: 422,
    code: 'invalid-request',
    errors: [{ pointer: '/status', detail: 'Unknown member.' }],
  })
  expect(house.sends()).toHaveLength(0)
})

test('API-12: every answer says that nobody may keep, frame or sniff it', async () => {
  const { api } = await openJourney({ worker: 'none' })
  const answers = [
    await api.anonymous.send('GET', '/healthz'),
    await api.send('GET', '/v1/login'),
    await api.send('POST', '/v1/logins', { body: '{' }),
  ]
  for (const { headers } of answers) {
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  }
})
