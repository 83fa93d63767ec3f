import { describe, expect, test } from 'vitest'
import { parseEnvironment } from '../../sandbox/environment.ts'
import { given, phone, sessionIdOf } from './harness.ts'

const other = '+6581234567'

describe('the text of a message', () => {
  test('is 8x8’s own without a brand or template', async () => {
    const { send, sandbox, code } = await given()
    await send()
    expect(sandbox.messages()[0]?.text).toBe(`Your verification code is ${code()}`)
  })

  test('begins with the brand', async () => {
    const { send, sandbox, code } = await given()
    await send({ brand: 'Amazing' })
    expect(sandbox.messages()[0]?.text).toBe(`Amazing: Your verification code is ${code()}`)
  })

  test('follows the template', async () => {
    const { send, sandbox, code } = await given()
    await send({ brand: 'Amazing', template: '{code} opens {brand}. {code}!' })
    expect(sandbox.messages()[0]?.text).toBe(`${code()} opens Amazing. ${code()}!`)
  })

  test('follows the saved template that is named', async () => {
    const { send, sandbox, code } = await given({ templates: { short: '#{code}' } })
    await send({ templateKey: 'short' })
    expect(sandbox.messages()[0]?.text).toBe(`#${code()}`)
  })

  test('does not read placeholders in a brand', async () => {
    const { send, sandbox, code } = await given()
    await send({ brand: '{code} $& Inc' })
    expect(sandbox.messages()[0]?.text).toBe(`{code} $& Inc: Your verification code is ${code()}`)
  })

  test('of a call is what is spoken', async () => {
    const { send, sandbox, code } = await given()
    await send({ channel: 'call' })
    const spoken = code().split('').join('. ')
    expect(sandbox.messages()[0]?.text).toBe(`Your verification code is ${spoken}, repeated 2 times`)
  })

  test('of a call says how often it is repeated', async () => {
    const { send, sandbox } = await given()
    await send({ channel: 'call', call: { repetition: 1 } })
    expect(sandbox.messages()[0]?.text).toMatch(/, repeated 1 time$/)
  })

  test('of a chat app leaves the template out', async () => {
    const { send, sandbox, code } = await given()
    await send({ channel: 'whatsapp', whatsapp: { templateName: 'otp' }, template: 'x{code}' })
    expect(sandbox.messages()[0]?.text).toBe(`Your verification code is ${code()}`)
  })
})

describe('/inbox.json', () => {
  test('has everything about a message', async () => {
    const { send, request, code } = await given()
    const sessionId = sessionIdOf(await send({ brand: 'Amazing', channel: 'call' }))
    const { body } = await request('/inbox.json')
    expect(body.messages).toEqual([
      {
        id: expect.any(String) as string,
        at: '2026-01-01T00:00:00.250Z',
        channel: 'call',
        phone,
        text: expect.stringContaining('Amazing') as string,
        code: code(),
        brand: 'Amazing',
        language: 'en-US',
        sessionId,
      },
    ])
  })

  test('begins with the newest', async () => {
    const { send, request } = await given()
    await send()
    await send({ destination: other })
    expect(await phones(request('/inbox.json'))).toEqual([other, phone])
  })

  test.each(['?phone=%2B6581234567', '?phone=+6581234567', '?phone=6581234567'])(
    'with %s has that number’s only',
    async (query) => {
      const { send, request } = await given()
      await send()
      await send({ destination: other })
      expect(await phones(request(`/inbox.json${query}`))).toEqual([other])
    },
  )

  test('with an empty phone has all', async () => {
    const { send, request } = await given()
    await send()
    expect(await phones(request('/inbox.json?phone='))).toEqual([phone])
  })
})

describe('the inbox page', () => {
  test('is where the front door leads', async () => {
    const { request } = await given()
    const { status, headers } = await request('/')
    expect([status, headers.get('location')]).toEqual([302, '/inbox'])
  })

  test('shows the message and its code', async () => {
    const { send, request, code } = await given()
    await send({ template: 'Say {code} to nobody' })
    expect((await request('/inbox')).text).toContain(`Say ${code()} to nobody`)
  })

  test('says when there is nothing', async () => {
    const { request } = await given()
    expect((await request('/inbox')).text).toContain('No messages yet.')
  })

  test('with ?phone= shows that number only', async () => {
    const { send, request } = await given()
    await send({ template: 'for the first {code}' })
    await send({ destination: other, template: 'for the other {code}' })
    const { text } = await request('/inbox?phone=%2B6581234567')
    expect([text.includes('for the other'), text.includes('for the first')]).toEqual([true, false])
  })

  test('escapes what a message says', async () => {
    const { send, request } = await given()
    await send({ brand: '<img src=x onerror="1">' })
    const { text } = await request('/inbox')
    expect([text.includes('<img'), text.includes('&lt;img src=x onerror=&quot;1&quot;&gt;')]).toEqual([
      false,
      true,
    ])
  })

  test('escapes the filter it repeats', async () => {
    const { request } = await given()
    const { text } = await request(`/inbox?phone=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect([text.includes('<script>alert'), text.includes('&quot;&gt;&lt;script&gt;')]).toEqual([false, true])
  })

  test('lets in no script but its own', async () => {
    const { request } = await given()
    const { text, headers } = await request('/inbox')
    const nonce = /script-src 'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1]
    expect(text.match(/<script[^>]*>/g)).toEqual([`<script nonce="${nonce ?? 'none'}">`])
  })

  test('lists the magic numbers', async () => {
    const { request } = await given()
    expect((await request('/inbox')).text).toContain('+6581000001')
  })
})

describe('the inbox page in a frame', () => {
  const framed = { headers: { 'sec-fetch-dest': 'iframe' } }
  const ancestorsOf = (headers: Headers) =>
    /frame-ancestors [^;]+/.exec(headers.get('content-security-policy') ?? '')?.[0]

  test('may be of its own origin only', async () => {
    const { request } = await given()
    expect(ancestorsOf((await request('/inbox')).headers)).toBe("frame-ancestors 'self'")
  })

  test('may be of the origins that are named as well', async () => {
    const frameAncestors = ['http://127.0.0.1:3001', 'https://demo.example']
    const { request } = await given({ frameAncestors })
    expect(ancestorsOf((await request('/inbox')).headers)).toBe(
      "frame-ancestors 'self' http://127.0.0.1:3001 https://demo.example",
    )
  })

  test('is the phone alone', async () => {
    const { send, request, code } = await given()
    await send()
    const page = (await request('/inbox')).text
    const frame = (await request('/inbox', framed)).text
    for (const part of [code(), '<h1', 'aria-label="Messages"']) expect(frame).toContain(part)
    for (const part of ['role="search"', '<details>', '+6581000001']) {
      expect([part, page.includes(part), frame.includes(part)]).toEqual([part, true, false])
    }
  })

  test('SANDBOX_FRAME_ANCESTORS names them, with commas between', () => {
    const SANDBOX_FRAME_ANCESTORS = 'http://127.0.0.1:3001, https://demo.example'
    expect(parseEnvironment({ SANDBOX_FRAME_ANCESTORS }).frameAncestors).toEqual([
      'http://127.0.0.1:3001',
      'https://demo.example',
    ])
    expect(parseEnvironment({ SANDBOX_FRAME_ANCESTORS: '' })).not.toHaveProperty('frameAncestors')
  })

  test.each([
    '*',
    'demo.example',
    'https://*.example',
    'http://127.0.0.1:3001/',
    'https://a.example,',
    "https://a.example; script-src 'unsafe-inline'",
    'https://a.example https://b.example',
  ])('SANDBOX_FRAME_ANCESTORS may not be %j', (SANDBOX_FRAME_ANCESTORS) => {
    expect(() => parseEnvironment({ SANDBOX_FRAME_ANCESTORS })).toThrow(
      'SANDBOX_FRAME_ANCESTORS must be origins such as http://127.0.0.1:3001.',
    )
  })
})

describe('lastCode', () => {
  test('is the code of the newest message', async () => {
    const { send, sandbox, pass } = await given()
    await send()
    pass(10)
    await send({ resetSession: true })
    expect(sandbox.lastCode(phone)).toBe(sandbox.messages(phone)[0]?.code)
  })

  test('is undefined when nothing arrived', async () => {
    const { sandbox } = await given()
    expect(sandbox.lastCode(phone)).toBeUndefined()
  })
})

async function phones(answer: Promise<{ body: Readonly<Record<string, unknown>> }>): Promise<unknown> {
  const { messages } = (await answer).body
  return Array.isArray(messages) ? messages.map((message: { phone: string }) => message.phone) : undefined
}
