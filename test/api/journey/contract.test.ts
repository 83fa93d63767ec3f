/** The judge of all journeys must be able to reject. */
import { expect, test } from 'vitest'
import { createJudge, type Judged, type OpenApiDocument } from '../../support/contract.ts'
import { waitingLogin as login } from '../../support/waiting-login.ts'
import { given } from '../unit/harness.ts'

const document = (await (await given().request('/openapi.json')).json()) as OpenApiDocument
const judge = createJudge(document)

const json = { 'content-type': 'application/json' }
const problem = {
  type: '/problems/login-closed',
  code: 'login-closed',
  status: 409,
  title: 'Closed.',
  detail: 'It is.',
  instance: 'req_x',
}

function answer(status: number, body: object, more: Partial<Judged> = {}): Judged {
  const headers = new Headers(json)
  return { method: 'GET', path: '/v1/logins/lg_x', status, headers, text: JSON.stringify(body), ...more }
}
const asProblem = new Headers({ 'content-type': 'application/problem+json' })
const code = { method: 'POST', path: '/v1/logins/lg_x/code' }
const resend = { method: 'POST', path: '/v1/logins/lg_x/resend' }
const tooMany = { ...problem, type: '/problems/too-many-requests', code: 'too-many-requests', status: 429 }
const withHeaders = (more: Readonly<Record<string, string>>) => new Headers({ ...json, ...more })

test('an answer as declared passes', () => {
  expect(() => judge(answer(200, login))).not.toThrow()
  expect(() => judge(answer(409, problem, { ...code, headers: asProblem }))).not.toThrow()
  const headers = withHeaders({
    ratelimit: '"sends";r=49;t=86400',
    'ratelimit-policy': '"sends";q=50;w=86400',
  })
  expect(() => judge(answer(200, login, { ...resend, headers }))).not.toThrow()
})

const codeRejected = {
  id: 'evt_x_1',
  sequence: 1,
  type: 'login.code_rejected',
  at: '2026-01-01T00:00:00.000Z',
  data: { attemptsLeft: 4, code: '123456' },
}

test.each<[string, Judged, RegExp]>([
  ['a status that the route does not declare', answer(201, login), /not declared/],
  ['a member that nobody declared', answer(200, { ...login, code: '123456' }), /"code"/],
  ['a member missing', answer(200, { ...login, attemptsLeft: undefined }), /attemptsLeft/],
  ['a word outside its list', answer(200, { ...login, status: 'approved' }), /at status/],
  ['a time that is none', answer(200, { ...login, createdAt: 'soon' }), /at createdAt/],
  ['another media type', answer(200, login, { headers: asProblem }), /problem\+json, which is not declared/],
  [
    'a declared header missing',
    answer(201, login, { method: 'POST', path: '/v1/logins' }),
    /without Location/,
  ],
  [
    'a header that nobody declared',
    answer(200, login, { headers: withHeaders({ 'retry-after': '1' }) }),
    /with Retry-After, which is not declared/,
  ],
  [
    'a header of another form',
    answer(200, login, { ...resend, headers: withHeaders({ ratelimit: '49' }) }),
    /another form of RateLimit/,
  ],
  [
    'a header of another kind',
    answer(429, tooMany, {
      ...code,
      headers: new Headers({ 'content-type': 'application/problem+json', 'retry-after': 'soon' }),
    }),
    /another form of Retry-After/,
  ],
  [
    'a code of another status',
    answer(409, { ...problem, code: 'login-expired' }, { ...code, headers: asProblem }),
    /at code/,
  ],
  [
    'a member that only another problem has',
    answer(409, { ...problem, attemptsLeft: 1 }, { ...code, headers: asProblem }),
    /"attemptsLeft"/,
  ],
  [
    'a member of an event that nobody declared',
    answer(200, { events: [codeRejected] }, { path: '/v1/logins/lg_x/events' }),
    /"code"/,
  ],
  ['a path that nobody declared', answer(200, {}, { path: '/v2/logins' }), /no path declares/],
  ['a method that nobody declared', answer(200, {}, { method: 'DELETE' }), /no path declares/],
])('%s is caught', (_name, judged, reason) => {
  expect(() => judge(judged)).toThrow(reason)
})
