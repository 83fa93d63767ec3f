/** Who may ask the codec server, how, how often, and what of it is on record (PII-13). */
import { describe, expect, test } from 'vitest'
import { createCallers } from '../../bin/codec-server/callers.ts'
import { allowedOrigins } from '../../bin/codec-server/origins.ts'
import { given, payloadOf, problemOf, seal, shownIn, UI, type Ask } from './codec-server/harness.ts'
import { openIdentityProvider } from './codec-server/identity-provider.ts'

const TOKEN = 'a-token-of-the-codec-server'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const sealed = () => seal(payloadOf({ status: 'verified' }))
const shown = [{ status: 'verified' }]

describe('PII-13: pages', () => {
  test('of the Temporal UI may ask, and read the answer', async () => {
    const { decode } = await given()
    const answer = await decode([await sealed()], { origin: UI })
    expect(shownIn(answer)).toEqual(shown)
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': UI, vary: 'Origin' })
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  })

  test('of the Temporal UI are told what they may send, for ten minutes', async () => {
    const { ask } = await given()
    const headers = { origin: UI, 'access-control-request-method': 'POST' }
    const answer = await ask({ method: 'OPTIONS', headers })
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' })
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': UI,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'X-Namespace, Content-Type, Authorization, Authorization-Extras',
      'access-control-max-age': '600',
      vary: 'Origin',
    })
  })

  test.each([
    ['another port', 'http://127.0.0.1:8234'],
    ['another scheme', 'https://127.0.0.1:8233'],
    ['another host', 'http://127.0.0.1.evil.example:8233'],
    ['no origin of its own', 'null'],
    ['everything', '*'],
    ['a trick', `${UI}.evil.example`],
    ['other case', 'HTTP://127.0.0.1:8233'],
    ['nothing', ''],
  ])('with %s are refused before anything is opened', async (_, origin) => {
    const { ask, decode, lines } = await given()
    for (const method of ['POST', 'OPTIONS']) {
      const answer = await ask({ method, headers: { origin }, body: { payloads: [await sealed()] } })
      expect(problemOf(answer)).toBe('403 forbidden')
      expect(answer.headers).toMatchObject({ vary: 'Origin' })
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    }
    expect(lines.map(({ fields }) => fields.refusal)).toEqual(['origin', 'origin'])
    expect(shownIn(await decode([await sealed()]))).toEqual(shown)
  })

  test('of a UI on loopback may call it by either name, outside production', () => {
    const both = ['http://localhost:8233', 'http://127.0.0.1:8233']
    expect(allowedOrigins('http://127.0.0.1:8233', false)).toEqual(both)
    expect(allowedOrigins('http://localhost:8233', false)).toEqual(both)
    expect(allowedOrigins('http://localhost', false)).toEqual(['http://localhost', 'http://127.0.0.1'])
    expect(allowedOrigins('http://localhost:8233', true)).toEqual(['http://localhost:8233'])
    expect(allowedOrigins('https://ui.example', false)).toEqual(['https://ui.example'])
  })

  test('learn why they are refused when it is not for their origin', async () => {
    const { ask } = await given({ token: TOKEN })
    const answer = await ask({ headers: { origin: UI }, body: { payloads: [] } })
    expect(problemOf(answer)).toBe('401 unauthorized')
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': UI })
  })
})

describe('PII-13: in development, without a token', () => {
  test.each(['localhost:3003', '127.0.0.1:3003', '[::1]:3003', 'LOCALHOST', '127.0.0.1:44003'])(
    'who sits at this machine may ask by its name %s',
    async (host) => {
      const { decode } = await given()
      expect(shownIn(await decode([await sealed()], { host }))).toEqual(shown)
    },
  )

  test.each([
    'evil.example:3003',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost.',
    '127.0.0.2',
    '0.0.0.0',
  ])('a name that was rebound to this machine, %s, is refused', async (host) => {
    const { decode, lines } = await given()
    expect(problemOf(await decode([await sealed()], { host }))).toBe('403 forbidden')
    expect(lines.map(({ fields }) => [fields.refusal, fields.payloads])).toEqual([['host', 0]])
  })

  test.each([
    ['127.0.0.1', 'caller'],
    ['127.9.9.9', 'caller'],
    ['::1', 'caller'],
    ['::ffff:127.0.0.1', 'caller'],
    ['10.0.0.7', 'unauthorized'],
    ['::ffff:10.0.0.7', 'unauthorized'],
    ['fe80::1', 'unauthorized'],
    [undefined, 'unauthorized'],
  ])('a socket from %s: %s, whatever name it uses', async (address, outcome) => {
    const callers = createCallers({ isProduction: false, token: undefined, accessTokens: undefined })
    const identified = await callers({ address, host: 'localhost:3003', authorization: undefined })
    expect(identified.outcome).toBe(outcome)
  })

  test('a token is passed over', async () => {
    const { decode } = await given()
    expect(shownIn(await decode([await sealed()], bearer('whatever')))).toEqual(shown)
  })
})

describe.each([true, false])('PII-13: with a token, in production %s,', (isProduction) => {
  test('its bearer may ask, by whatever name of this machine', async () => {
    const { decode, lines } = await given({ isProduction, token: TOKEN })
    const headers = { ...bearer(TOKEN), host: 'codec.example' }
    expect(shownIn(await decode([await sealed()], headers))).toEqual(shown)
    expect(lines.map(({ fields }) => fields.caller)).toEqual(['token'])
  })

  test.each([
    ['no token', {}, 'Bearer'],
    ['another one of the same length', bearer(TOKEN.replace('a-', 'b-')), 'Bearer error="invalid_token"'],
    ['a shorter one', bearer(TOKEN.slice(1)), 'Bearer error="invalid_token"'],
    ['a longer one', bearer(`${TOKEN}x`), 'Bearer error="invalid_token"'],
    ['an empty one', { authorization: 'Bearer ' }, 'Bearer error="invalid_token"'],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 'Bearer'],
    ['the token by itself', { authorization: TOKEN }, 'Bearer'],
  ])('whoever brings %s may not', async (_, headers: Ask['headers'], challenge) => {
    const { decode, ask, lines } = await given({ isProduction, token: TOKEN })
    const answer = await decode([await sealed()], headers)
    expect(problemOf(answer)).toBe('401 unauthorized')
    expect(answer.headers['www-authenticate']).toBe(challenge)
    const inQuery = await ask({ path: `/decode?access_token=${TOKEN}`, headers: headers ?? {}, body: {} })
    expect(problemOf(inQuery)).toBe('401 unauthorized')
    expect(lines.map(({ fields }) => fields.caller)).toEqual(['unknown', 'unknown'])
  })
})

test('PII-13: in production without any way to know a caller nobody may ask', async () => {
  const { decode } = await given({ isProduction: true })
  expect(problemOf(await decode([await sealed()]))).toBe('401 unauthorized')
  expect(problemOf(await decode([await sealed()], bearer('')))).toBe('401 unauthorized')
})

describe('PII-13: with an identity provider', () => {
  test('who brings its access token may ask, and is on record by name', async () => {
    const provider = await openIdentityProvider()
    const { decode, lines } = await given({ isProduction: true, oidc: provider.oidc })
    const headers = { ...bearer(await provider.token()), 'authorization-extras': 'an-id-token', origin: UI }
    expect(shownIn(await decode([await sealed()], headers))).toEqual(shown)
    expect(lines.map(({ fields }) => fields.caller)).toEqual(['sub:ada@example.com'])
  })

  test('its keys are fetched once for many requests', async () => {
    const provider = await openIdentityProvider()
    const { decode } = await given({ isProduction: true, oidc: provider.oidc })
    for (let n = 0; n < 5; n += 1) {
      expect(shownIn(await decode([await sealed()], bearer(await provider.token())))).toEqual(shown)
    }
    expect(provider.fetches()).toBe(1)
  })

  test.each([
    ['has expired', 'expired'],
    ['never expires', 'without exp'],
    ['is not valid yet', 'not yet'],
    ['is for another audience', 'another audience'],
    ['is for no audience', 'no audience'],
    ['is of another issuer', 'another issuer'],
    ['names nobody', 'without sub'],
    ['is signed with another key under the same id', 'another key'],
    ['is signed with a key that is not published', 'unknown key'],
    ['is not signed (alg none)', 'alg none'],
    ['is signed with the public key as a shared secret (HS256)', 'HS256 with the public key'],
    ['was changed after it was signed', 'changed'],
    ['is no token at all', 'garbage'],
  ] as const)('a token that %s is refused', async (_, kind) => {
    const provider = await openIdentityProvider()
    const { decode, lines } = await given({ isProduction: true, oidc: provider.oidc })
    const answer = await decode([await sealed()], bearer(await provider.token(kind)))
    expect(problemOf(answer)).toBe('401 unauthorized')
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(lines.map(({ fields }) => [fields.caller, fields.payloads])).toEqual([['unknown', 0]])
    expect(shownIn(await decode([await sealed()], bearer(await provider.token())))).toEqual(shown)
  })

  test('in development a token is demanded too', async () => {
    const provider = await openIdentityProvider()
    const { decode } = await given({ oidc: provider.oidc })
    expect(problemOf(await decode([await sealed()]))).toBe('401 unauthorized')
  })

  test('the fixed token is as good, when there is one', async () => {
    const provider = await openIdentityProvider()
    const { decode } = await given({ isProduction: true, token: TOKEN, oidc: provider.oidc })
    expect(shownIn(await decode([await sealed()], bearer(TOKEN)))).toEqual(shown)
    expect(shownIn(await decode([await sealed()], bearer(await provider.token())))).toEqual(shown)
    expect(provider.fetches()).toBe(1)
  })

  test.each(['down', 'broken', 'not JSON'] as const)(
    'whose keys cannot be had (%s) a good token is not called bad: the caller is to come back',
    async (state) => {
      const provider = await openIdentityProvider(state)
      const { decode } = await given({ isProduction: true, oidc: provider.oidc })
      const answer = await decode([await sealed()], bearer(await provider.token()))
      expect(problemOf(answer)).toBe('503 service-unavailable')
      expect(answer.headers['retry-after']).toBe('5')
    },
  )
})

describe('PII-13: the namespace', () => {
  test.each(['bank', 'Shop', 'shop,bank'])('"%s" is not ours', async (namespace) => {
    const { decode, lines } = await given()
    expect(problemOf(await decode([await sealed()], { 'x-namespace': namespace }))).toBe('403 forbidden')
    expect(lines.map(({ fields }) => [fields.refusal, fields.namespace])).toEqual([['namespace', namespace]])
  })

  test('must be named', async () => {
    const { port } = await given()
    const body = JSON.stringify({ payloads: [await sealed()] })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${port}/decode`, { method: 'POST', headers, body })
    expect(answer.status).toBe(403)
  })

  test('that the Temporal CLI leaves empty is `default`, and no other', async () => {
    const payload = await seal(payloadOf({ status: 'verified' }), { namespace: 'default' })
    const ours = await given({ namespace: 'default' })
    expect(shownIn(await ours.decode([payload], { 'x-namespace': '' }))).toEqual(shown)
    const others = await given({ namespace: 'shop' })
    expect(problemOf(await others.decode([payload], { 'x-namespace': '' }))).toBe('403 forbidden')
  })
})

describe('a request that is not one', () => {
  const MiB = 1024 * 1024

  test.each([false, true])(
    'is refused when it is too large, with its length hidden: %s',
    async (isChunked) => {
      const { ask, decode } = await given()
      const body = { payloads: [{ data: 'A'.repeat(4 * MiB) }] }
      expect(problemOf(await ask({ body, isChunked }))).toBe('413 payload-too-large')
      expect(shownIn(await decode([await sealed()]))).toEqual(shown)
    },
  )

  test('is not too large with 2 MiB of text', async () => {
    const { decode } = await given()
    const value = 'x'.repeat(2 * MiB)
    expect(shownIn(await decode([await seal(payloadOf(value))]))).toEqual([value])
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'is refused when it calls itself "%s": a form of a foreign page would',
    async (type) => {
      const { ask } = await given()
      const answer = await ask({ body: { payloads: [] }, headers: { 'content-type': type } })
      expect(problemOf(answer)).toBe('415 unsupported-media-type')
    },
  )

  test.each([
    ['{"payloads":[{"code":"483920"', '400 malformed-json'],
    ['', '400 malformed-json'],
    ['483920', '422 invalid-request'],
    ['null', '422 invalid-request'],
    ['[]', '422 invalid-request'],
    ['{"payloads":{}}', '422 invalid-request'],
    ['{"payloads":[null]}', '422 invalid-request'],
    ['{"payloads":["483920"]}', '422 invalid-request'],
    ['{"payloads":[],"code":"483920"}', '422 invalid-request'],
    ['{"payloads":[{"data":"AA==","code":"483920"}]}', '422 invalid-request'],
    ['{"payloads":[{"data":"483920!!"}]}', '422 invalid-request'],
    ['{"payloads":[{"data":"AA="}]}', '422 invalid-request'],
    ['{"payloads":[{"data":483920}]}', '422 invalid-request'],
    ['{"payloads":[{"metadata":{"encoding":"483920!!"}}]}', '422 invalid-request'],
    ['{"payloads":[{"metadata":[]}]}', '422 invalid-request'],
  ])('is refused when malformed, and nothing of it is repeated: %s', async (body, problem) => {
    const { ask, lines } = await given()
    const answer = await ask({ body })
    expect(problemOf(answer)).toBe(problem)
    expect(answer.text + JSON.stringify(lines)).not.toContain('483920')
  })

  test('has at most 4096 payloads', async () => {
    const { decode } = await given()
    const payload = await sealed()
    expect(shownIn(await decode(Array<typeof payload>(4096).fill(payload)))).toHaveLength(4096)
    expect(problemOf(await decode(Array<typeof payload>(4097).fill(payload)))).toBe('422 invalid-request')
  })

  test('with nothing to decode has nothing as its answer', async () => {
    const { ask } = await given()
    expect(shownIn(await ask({ body: {} }))).toEqual([])
  })
})

describe('there is no other way:', () => {
  test.each([
    ['GET', '/decode'],
    ['PUT', '/decode'],
    ['POST', '/'],
    ['POST', '/decode/'],
    ['POST', '/shop/decode'],
    ['POST', '/healthz'],
    ['GET', '/metrics'],
    ['OPTIONS', '/'],
  ])('%s %s is not found', async (method, path) => {
    const { ask } = await given()
    expect(problemOf(await ask({ method, path }))).toBe('404 not-found')
  })

  test('in production nothing is encoded, but for the nothing of a query without arguments', async () => {
    const { ask } = await given({ isProduction: true, token: TOKEN })
    const body = { payloads: [{ metadata: {}, data: 'e30=' }] }
    const encode = (content: unknown, headers = {}) => ask({ path: '/encode', body: content, headers })
    expect(problemOf(await encode(body, bearer(TOKEN)))).toBe('404 not-found')
    expect(shownIn(await encode({}, bearer(TOKEN)))).toEqual([])
    expect(problemOf(await encode({}))).toBe('401 unauthorized')
  })

  test('outside production what is to be encoded comes back as it was, so that a page of the UI can signal', async () => {
    const { ask } = await given()
    const payloads = [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'eyJjb2RlIjoiMzMzMzMzIn0=' }]
    const encode = (origin: string) => ask({ path: '/encode', body: { payloads }, headers: { origin } })
    expect(JSON.parse((await encode(UI)).text)).toEqual({ payloads })
    expect(problemOf(await encode('http://evil.example'))).toBe('403 forbidden')
  })

  test('whether it lives, everybody may know, and nothing more', async () => {
    const { ask, lines } = await given({ isProduction: true, token: TOKEN })
    const answer = await ask({ method: 'GET', path: '/healthz' })
    expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}'])
    expect(lines).toEqual([])
  })
})

test('PII-13: who asks too often is told when to come back, and others are not kept waiting', async () => {
  const provider = await openIdentityProvider()
  const options = { isProduction: true, token: TOKEN, oidc: provider.oidc, mostRequestsPerMinute: 3 }
  const { decode } = await given(options)
  const ask = async () => decode([await sealed()], bearer(TOKEN))
  for (let n = 0; n < 3; n += 1) expect(shownIn(await ask())).toEqual(shown)
  const refused = await ask()
  expect(problemOf(refused)).toBe('429 too-many-requests')
  expect(Number(refused.headers['retry-after'])).toSatisfy((s: number) => s >= 1 && s <= 60)
  expect(shownIn(await decode([await sealed()], bearer(await provider.token())))).toEqual(shown)
})

test('API-12: no answer may be stored, framed, sniffed or referred from', async () => {
  const { ask, decode } = await given()
  for (const answer of [
    await decode([]),
    await ask({ method: 'GET', path: '/healthz' }),
    await ask({ body: '{' }),
  ]) {
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  }
})

describe('PII-13: on record is', () => {
  test('one line a request: who asked, from where, for how many payloads, and what came of it', async () => {
    const { decode, lines } = await given()
    const answer = await decode([await sealed(), await sealed()], {
      origin: UI,
      'x-request-id': 'req_of_the_test',
    })
    const fields = {
      caller: 'loopback',
      address: '127.0.0.1',
      method: 'POST',
      path: '/decode',
      namespace: 'shop',
      origin: UI,
      payloads: 2,
      outcome: 'answered',
      refusal: undefined,
      status: 200,
      requestId: answer.headers['x-request-id'],
      ms: expect.any(Number) as number,
    }
    expect(lines).toEqual([{ level: 'info', fields }])
  })

  test('who was refused, and why', async () => {
    const { ask, decode, lines } = await given()
    await decode([await sealed()], { origin: 'http://evil.example' })
    await decode([await sealed()], { 'x-namespace': 'bank' })
    await ask({ path: '/keys/of/+6591234567' })
    const told = lines.map(({ level, fields: { path, origin, refusal, status } }) => {
      return { level, path, origin, refusal, status }
    })
    expect(told).toEqual([
      { level: 'warn', path: '/decode', origin: 'http://evil.example', refusal: 'origin', status: 403 },
      { level: 'warn', path: '/decode', origin: undefined, refusal: 'namespace', status: 403 },
      { level: 'warn', path: 'none', origin: undefined, refusal: undefined, status: 404 },
    ])
  })

  test('nothing of a payload, a token or a stranger’s number', async () => {
    const provider = await openIdentityProvider()
    const { ask, decode, lines } = await given({ isProduction: true, token: TOKEN, oidc: provider.oidc })
    const token = await provider.token()
    const payload = await seal(payloadOf({ code: '483920', phone: '+6591234567', brand: 'canary-brand' }))
    await decode([payload], bearer(token))
    await decode([payload], bearer(TOKEN))
    await decode([payload], bearer('a-wrong-token-of-somebody'))
    await decode([payload], {
      ...bearer(TOKEN),
      origin: 'http://+6591234567.example',
      'x-namespace': '+6591234567',
    })
    await ask({ body: '{"canary-brand"', headers: bearer(TOKEN) })
    await ask({ path: `/decode?token=${TOKEN}&phone=%2B6591234567`, headers: bearer(TOKEN), body: {} })
    expect(lines).toHaveLength(6)
    const record = JSON.stringify(lines)
    for (const secret of [
      '483920',
      '91234567',
      'canary-brand',
      TOKEN,
      token,
      'a-wrong-token',
      payload.data ?? '',
    ]) {
      expect(record).not.toContain(secret)
    }
  })
})
