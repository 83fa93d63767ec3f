/** What the client does when the network or the service is in trouble, against servers that play it. */
import { describe, expect, test } from 'vitest'
import { createPosternClient, PosternError, PosternNetworkError } from '../../client/index.ts'
import { waitingLogin as login } from '../support/waiting-login.ts'
import { json, openScripted, problem, reset, silence, type Scene } from './scripted.ts'

const at = (baseUrl: string) => createPosternClient({ baseUrl, apiKey: 'pk_test', timeoutSeconds: 10 })

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  )
}

const unavailable = problem(503, 'service-unavailable', {}, { 'retry-after': '0' })

describe('a start is repeated with the same key', () => {
  test.each<[string, Scene]>([
    ['no answer came', reset],
    ['the service says when it can answer', unavailable],
  ])('when %s', async (_, trouble) => {
    const { url, heard } = await openScripted(trouble, json(201, { ...login, clientToken: 'ct.x' }))
    const started = await at(url).start({ phone: '+6591234567' })
    expect(started).toEqual({ ...login, clientToken: 'ct.x' })
    expect(heard).toHaveLength(2)
    const [first, second] = heard.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(second).toBe(first)
    expect(heard.map(({ body }) => body)).toEqual(Array(2).fill('{"phone":"+6591234567"}'))
  })

  test('twice at most', async () => {
    const { url, heard } = await openScripted(reset)
    const error = await failure(at(url).start({ phone: '+6591234567' }))
    expect(error).toBeInstanceOf(PosternNetworkError)
    expect(error).toMatchObject({ reason: 'connection' })
    expect(heard).toHaveLength(3)
  })

  test('and two starts have two keys, unless the caller gives one', async () => {
    const { url, heard } = await openScripted(json(201, login))
    const postern = at(url)
    await postern.start({ phone: '+6591234567' })
    await postern.start({ phone: '+6591234567' })
    await postern.start({ phone: '+6591234567' }, { idempotencyKey: 'mine' })
    const keys = heard.map(({ headers }) => headers['idempotency-key'])
    expect(new Set(keys).size).toBe(3)
    expect(keys[2]).toBe('mine')
  })
})

describe('nothing is repeated', () => {
  test.each<[string, Scene]>([
    ['that was refused', problem(422, 'code-incorrect', { attemptsLeft: 2 })],
    ['that came too often', problem(429, 'too-many-requests', {}, { 'retry-after': '1' })],
    ['that may cost an attempt', problem(503, 'code-check-unavailable', {}, { 'retry-after': '1' })],
    ['that may cost a message', problem(503, 'provider-unavailable', {}, { 'retry-after': '1' })],
    [
      'that must wait for longer than a caller does',
      problem(503, 'service-unavailable', {}, { 'retry-after': '60' }),
    ],
    ['without a word on when', problem(503, 'service-unavailable')],
    ['that broke', problem(500, 'internal-error')],
    [
      'that a proxy answered',
      (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<p>'),
    ],
  ])('%s', async (_, scene) => {
    const { url, heard } = await openScripted(scene)
    expect(await failure(at(url).submit('lg_x', '123456'))).toBeInstanceOf(PosternError)
    expect(heard).toHaveLength(1)
  })
})

test('a wait that Postern does not hold, since it holds others of that login, asks again now and then only', async () => {
  const { url, heard } = await openScripted(json(200, login))
  const leaving = AbortSignal.timeout(700)
  await expect(at(url).wait('lg_x', { signal: leaving })).rejects.toBeDefined()
  expect(heard.map(({ headers }) => headers.prefer)).toEqual([undefined, 'wait=25'])
})

describe('an error tells', () => {
  test('code, status, seconds and members of the problem', async () => {
    const { url } = await openScripted(
      problem(422, 'code-incorrect', { attemptsLeft: 2 }, { 'retry-after': '7' }),
    )
    const error = await failure(at(url).submit('lg_x', '123456'))
    expect(error).toMatchObject({
      code: 'code-incorrect',
      status: 422,
      retryAfterSeconds: 7,
      message: 'D.',
      problem: { attemptsLeft: 2, instance: 'req_x' },
    })
  })

  test('that an answer is not Postern’s, whatever its status', async () => {
    const page: Scene = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>')
    const { url } = await openScripted(page)
    expect(await failure(at(url).read('lg_x'))).toMatchObject({ code: 'unreadable-answer', status: 200 })
  })

  test('that no answer came in time, three times', async () => {
    const { url, heard } = await openScripted(silence)
    const impatient = createPosternClient({ baseUrl: url, apiKey: 'pk_test', timeoutSeconds: 0.05 })
    const error = await failure(impatient.read('lg_x'))
    expect(error).toBeInstanceOf(PosternNetworkError)
    expect(error).toMatchObject({ reason: 'timeout' })
    expect(heard).toHaveLength(3)
  })

  test('that an answer began and did not end in time', async () => {
    const begun: Scene = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' })
      response.write('{"id":')
    }
    const { url } = await openScripted(begun)
    const impatient = createPosternClient({ baseUrl: url, apiKey: 'pk_test', timeoutSeconds: 0.1 })
    expect(await failure(impatient.read('lg_x'))).toMatchObject({
      name: 'PosternNetworkError',
      reason: 'timeout',
    })
  })

  test('that an answer broke off', async () => {
    const half: Scene = (response, request) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' })
      response.write('{"id":', () => setImmediate(() => request.socket.destroy()))
    }
    const { url } = await openScripted(half)
    expect(await failure(at(url).read('lg_x'))).toMatchObject({
      name: 'PosternNetworkError',
      reason: 'connection',
    })
  })

  test('nothing of the phone, the code or the key', async () => {
    const { url } = await openScripted(problem(422, 'phone-invalid'))
    const postern = createPosternClient({ baseUrl: url, apiKey: 'pk_secret' })
    const error = (await failure(postern.start({ phone: '+6591234567' }))) as Error
    expect(error.cause).toBeUndefined()
    expect(JSON.stringify(error) + String(error.stack)).not.toMatch(/91234567|pk_secret/)
  })
})

test('an aborted call ends with the caller’s reason, and is not repeated', async () => {
  const { url, heard } = await openScripted(silence)
  const reason = new Error('the user left')
  const given = new AbortController()
  const call = failure(at(url).read('lg_x', { signal: given.signal }))
  await expect.poll(() => heard.length).toBe(1)
  given.abort(reason)
  expect(await call).toBe(reason)
  expect(heard).toHaveLength(1)
})

test('a redirect is not followed: the key goes nowhere else', async () => {
  const elsewhere = await openScripted(json(200, login))
  const { url } = await openScripted((response) => response.writeHead(307, { location: elsewhere.url }).end())
  expect(await failure(at(url).read('lg_x'))).toBeInstanceOf(PosternNetworkError)
  expect(elsewhere.heard).toEqual([])
})

test('a base URL may have a path, and end in a slash', async () => {
  const { url, heard } = await openScripted(json(200, { logins: [] }))
  await at(`${url}/postern/`).list({ phone: '+6591234567', limit: 3 })
  expect(heard[0]?.path).toBe('/postern/v1/logins?phone=%2B6591234567&limit=3')
})

test('an id is one part of a path, whatever is in it', async () => {
  const { url, heard } = await openScripted(json(200, login))
  await at(url).cancel('../numbers/x?y')
  expect(heard[0]?.path).toBe('/v1/logins/..%2Fnumbers%2Fx%3Fy/cancel')
})

test('fetch may be the caller’s', async () => {
  const asked: string[] = []
  const fetch: typeof globalThis.fetch = async (input) => {
    asked.push(input instanceof Request ? (input.headers.get('authorization') ?? '') : 'not a request')
    return Promise.resolve(Response.json(login))
  }
  const postern = createPosternClient({ baseUrl: 'https://postern.example', clientToken: 'ct.x', fetch })
  expect(await postern.read('lg_x')).toEqual(login)
  expect(asked).toEqual(['Bearer ct.x'])
})

describe('wait', () => {
  const waiting = json(200, login)
  const checking = json(200, { ...login, status: 'checking' })
  const verified = json(200, { ...login, status: 'verified' })

  test('polls until the login has ended', async () => {
    const { url, heard } = await openScripted(waiting, waiting, checking, verified)
    expect((await at(url).wait('lg_x')).status).toBe('verified')
    expect(heard.map(({ headers }) => headers.prefer)).toEqual([undefined, 'wait=25', 'wait=25', 'wait=25'])
  })

  test('ends at a change, when that is enough', async () => {
    const { url, heard } = await openScripted(waiting, waiting, checking, verified)
    expect((await at(url).wait('lg_x', { until: 'change' })).status).toBe('checking')
    expect(heard).toHaveLength(3)
  })

  test('ends at once when the status is another one than the caller knows', async () => {
    const { url, heard } = await openScripted(waiting)
    expect((await at(url).wait('lg_x', { until: 'change', from: 'sending' })).status).toBe('waiting_for_code')
    expect(heard).toHaveLength(1)
  })

  test('ends when its caller gives up', async () => {
    const { url, heard } = await openScripted(waiting, silence)
    const given = new AbortController()
    const call = failure(at(url).wait('lg_x', { signal: given.signal }))
    await expect.poll(() => heard.length).toBe(2)
    given.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
  })
})
