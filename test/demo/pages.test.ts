import { describe, expect, test } from 'vitest'
import { openDemo, type Visitor } from '../support/demo.ts'
import { aPhone } from '../support/house.ts'

type Demo = Awaited<ReturnType<typeof openDemo>>

const withCode = async (demo: Demo): Promise<Visitor> => {
  const ann = await demo.user()
  await ann.post('/two-factor', { country: 'SG', phone: aPhone().e164 })
  return ann
}
const anyone = (demo: Demo) => Promise.resolve(demo.visitor())
const signedIn = (demo: Demo): Promise<Visitor> => demo.user()

const pages: readonly (readonly [string, string, (demo: Demo) => Promise<Visitor>])[] = [
  ['/', 'Welcome', anyone],
  ['/sign-up', 'Create an account', anyone],
  ['/sign-in', 'Sign in', anyone],
  ['/account', 'Your account', signedIn],
  ['/two-factor', 'Turn on two-factor login', signedIn],
  ['/code', 'Enter the code', withCode],
  ['/no-such-page', 'Not found', anyone],
]

describe.each(pages)('the page %s', (path, title, open) => {
  test('has a language, a title, one heading, a way past the header, and a label for each field', async () => {
    const demo = await openDemo()
    const { text } = await (await open(demo)).get(path)
    expect(text).toContain('<html lang="en">')
    expect(text).toContain(`<title>${title} – Amazing Product</title>`)
    expect(text.match(/<h1[\s>]/g)).toHaveLength(1)
    expect(text).toMatch(/<a class="skip" href="#main">[^]*<main id="main"/)
    const fields = [...text.matchAll(/<(?:input|select)(?![^>]*type="hidden")[^>]* id="([^"]+)"/g)]
    for (const [, id = ''] of fields) expect(text).toContain(`<label for="${id}">`)
    expect(text.match(/<(?:input|select)(?![^>]*type="hidden")/g) ?? []).toHaveLength(fields.length)
  })

  test('lets in nothing but its own, is framed by nobody, and is kept by no cache', async () => {
    const demo = await openDemo()
    const { headers } = await (await open(demo)).get(path)
    const policy = headers.get('content-security-policy')?.replace(/'nonce-[A-Za-z0-9+/]{22}=='/, "'nonce-…'")
    expect(policy).toBe(
      [
        "default-src 'none'",
        "script-src 'self' 'nonce-…'",
        "style-src 'self'",
        "img-src 'self' data:",
        `connect-src 'self' ${demo.api.url}`,
        "form-action 'self'",
        "frame-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    )
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    expect(headers.get('strict-transport-security')).toBeNull()
  })
})

describe('in development', () => {
  test('the phone is beside every page, and may be framed', async () => {
    const demo = await openDemo({ withPhone: true })
    for (const [path, , open] of pages) {
      const { text, headers } = await (await open(demo)).get(path)
      expect(text).toContain('<aside class="phone" aria-label="Phone of the sandbox">')
      expect(text).toContain(`<iframe title="Messages on the phone" src="${demo.house.sandboxUrl}/inbox">`)
      expect(headers.get('content-security-policy')).toContain(`; frame-src ${demo.house.sandboxUrl};`)
    }
  })

  test('the Temporal UI is one link away, when there is one', async () => {
    const workflowsUrl = 'http://127.0.0.1:8233/namespaces/logins/workflows'
    const development = { sandboxUrl: 'http://127.0.0.1:3002', workflowsUrl }
    const demo = await openDemo({ deps: { development } })
    const { text } = await demo.visitor().get('/')
    expect(text).toContain(`href="${workflowsUrl}"`)
    const without = await openDemo({ withPhone: true })
    expect((await without.visitor().get('/')).text).not.toContain('Temporal')
  })

  test('and elsewhere there is no phone', async () => {
    const demo = await openDemo()
    expect((await demo.visitor().get('/')).text).not.toContain('iframe')
  })
})

test('forms say what each field takes', async () => {
  const demo = await openDemo()
  const fieldsOf = async (path: string, visitor: Visitor = demo.visitor()) =>
    [...(await visitor.get(path)).text.matchAll(/name="(\w+)"[^>]*autocomplete="([^"]+)"/g)].map(
      ([, name, autocomplete]) => [name, autocomplete],
    )
  expect(await fieldsOf('/sign-up')).toEqual([
    ['name', 'username'],
    ['password', 'new-password'],
  ])
  expect(await fieldsOf('/sign-in')).toEqual([
    ['name', 'username'],
    ['password', 'current-password'],
  ])
  expect(await fieldsOf('/two-factor', await demo.user())).toEqual([
    ['country', 'country'],
    ['phone', 'tel-national'],
  ])
  expect(await fieldsOf('/code', await withCode(demo))).toEqual([['code', 'one-time-code']])
})

test('who is signed in is led past the pages for who is not', async () => {
  const demo = await openDemo()
  const ann = await demo.user()
  for (const path of ['/', '/sign-in', '/sign-up']) {
    expect(await ann.get(path)).toMatchObject({ status: 303, location: '/account' })
  }
})

test('BIND-10: no address that a browser is sent to has anything of a login in it', async () => {
  const demo = await openDemo()
  const phone = aPhone()
  const ann = await demo.user()
  const locations = [
    (await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })).location,
    (await ann.post('/code/cancel')).location,
    (await ann.post('/sign-out')).location,
  ]
  expect(locations).toEqual(['/code', '/two-factor', '/'])
})

test('what a user or a webhook writes is text, not HTML', async () => {
  const demo = await openDemo()
  const ann = await demo.user()
  const { id = '' } = demo.store.accounts.byName(ann.name) ?? {}
  demo.store.activity.add(id, { at: '2026-11-23T10:00:00.000Z', text: '<script>alert(1)</script>' })
  const account = (await ann.get('/account')).text
  expect(account).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(account).toContain('<time datetime="2026-11-23T10:00:00.000Z">Nov 23, 2026, 10:00 AM UTC</time>')
  const signIn = await demo.visitor().post('/sign-in', { name: '"><script>', password: 'x' })
  expect(signIn.text).toContain('value="&quot;&gt;&lt;script&gt;"')
})

test('a body that no form makes is refused', async () => {
  const demo = await openDemo()
  const answer = await demo.visitor().post('/sign-in', { name: 'x'.repeat(70_000), password: 'x' })
  expect(answer.status).toBe(413)
})

test('what breaks is told to the user without a reason, and to the log without a value', async () => {
  const demo = await openDemo({
    deps: {
      passwords: {
        hash: () => Promise.reject(new TypeError('secret words')),
        verify: () => Promise.reject(new TypeError('secret words')),
      },
    },
  })
  const answer = await demo.visitor().post('/sign-in', { name: 'ann', password: 'secret words' })
  expect(answer.status).toBe(500)
  expect(answer.text).toContain('It is our fault, not yours.')
  expect(answer.text).not.toContain('secret')
  expect(demo.log).toEqual(['POST /sign-in broke: TypeError'])
})
