import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createStore } from '../../demo/store.ts'
import { openDemo, openDemoOf, password, type Visitor } from '../support/demo.ts'
import { aPhone } from '../support/house.ts'

const cookieOf = (visitor: Visitor) => visitor.cookies.get('demo-session') ?? ''
const digestOf = (name: string) => createHash('sha256').update(name).digest('base64url')
const isIn = async (visitor: Visitor) => (await visitor.get('/account')).status === 200

function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'demo-session-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'demo.json')
}

describe('the session cookie', () => {
  test('is kept from scripts and from other sites, for fourteen days', async () => {
    const demo = await openDemo()
    const { headers } = await demo.visitor().post('/sign-up', { name: 'ann', password })
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^demo-session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/),
    ])
  })

  test('of a page behind https goes over TLS only, and to this very host', async () => {
    const demo = await openDemo({ deps: { isSecure: true } })
    const origin = demo.url.replace('http:', 'https:')
    const { headers } = await demo.visitor().post('/sign-up', { name: 'ann', password }, { origin })
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  test('of a sign-in that awaits its code is good for fifteen minutes', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const { headers } = await demo.visitor().post('/sign-in', { name, password })
    expect(headers.getSetCookie()).toEqual([expect.stringContaining('; Max-Age=900; ')])
  })

  test('is not set for who only looks', async () => {
    const demo = await openDemo()
    for (const path of ['/', '/sign-in', '/sign-up', '/account', '/code']) {
      expect((await demo.visitor().get(path)).headers.getSetCookie()).toEqual([])
    }
  })

  test('cannot be read from the store, nor made of what is read there', async () => {
    const file = aFile()
    const demo = await openDemo({ deps: { store: createStore({ file }) } })
    const ann = await demo.user()
    const kept = readFileSync(file, 'utf8')
    expect(kept).toContain(digestOf(cookieOf(ann)))
    expect(kept).not.toContain(cookieOf(ann))
    const thief = demo.visitor()
    thief.cookies.set('demo-session', digestOf(cookieOf(ann)))
    expect(await isIn(thief)).toBe(false)
  })

  test('survives a restart of the product', async () => {
    const file = aFile()
    const before = await openDemo({ deps: { store: createStore({ file }) } })
    const ann = await before.user()
    await before.close()
    const after = await openDemoOf(before.house, { deps: { store: createStore({ file }) } })
    const again = after.visitor()
    again.cookies.set('demo-session', cookieOf(ann))
    expect(await isIn(again)).toBe(true)
  })

  test('of a session that has expired is worth nothing', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const session = demo.store.sessions.byDigest(digestOf(cookieOf(ann)))
    expect(session).toBeDefined()
    demo.store.sessions.put(digestOf(cookieOf(ann)), { ...session, expiresAt: Date.now() - 1 })
    expect(await isIn(ann)).toBe(false)
  })
})

describe('a session gets a new name', () => {
  test('at sign-in, so that a name planted before is worth nothing (fixation)', async () => {
    const demo = await openDemo()
    const { name } = await demo.user()
    const victim = demo.visitor()
    victim.cookies.set('demo-session', 'x'.repeat(43))
    const thief = victim.copy()
    await victim.post('/sign-in', { name, password })
    expect([await isIn(victim), await isIn(thief)]).toEqual([true, false])
  })

  test('at sign-in over another’s session, which ends', async () => {
    const demo = await openDemo()
    const mallory = await demo.user('mallory')
    await demo.user('ann')
    const victim = demo.visitor()
    victim.cookies.set('demo-session', cookieOf(mallory))
    await victim.post('/sign-in', { name: 'ann', password })
    expect((await victim.get('/account')).text).toContain('Hello, ann')
    expect(await isIn(mallory)).toBe(false)
  })

  test('at the verdict of a sign-in, and the name that awaited it is worth nothing', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const ann = demo.visitor()
    await ann.post('/sign-in', { name, password })
    const before = ann.copy()
    await demo.enterCode(ann, phone.e164)
    expect([await isIn(ann), await isIn(before)]).toEqual([true, false])
    expect((await before.get('/code')).location).toBe('/sign-in')
  })

  test('when two-factor login is turned on, and every session by the password alone ends', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const elsewhere = demo.visitor()
    await elsewhere.post('/sign-in', { name: ann.name, password })
    const phone = aPhone()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const before = ann.copy()
    await demo.enterCode(ann, phone.e164)
    expect([await isIn(ann), await isIn(before), await isIn(elsewhere)]).toEqual([true, false, false])
  })
})

describe('signing out', () => {
  test('ends the session here and in the browser', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const copy = ann.copy()
    const answer = await ann.post('/sign-out')
    expect(answer).toMatchObject({ status: 303, location: '/' })
    expect(ann.cookies.size).toBe(0)
    expect(await isIn(copy)).toBe(false)
  })

  test('leaves another browser’s session alone', async () => {
    const demo = await openDemo()
    const ann = await demo.user()
    const elsewhere = demo.visitor()
    await elsewhere.post('/sign-in', { name: ann.name, password })
    await ann.post('/sign-out')
    expect(await isIn(elsewhere)).toBe(true)
  })

  test('while a proof is checked makes it worth nothing', async () => {
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<undefined>()
    const { promise: isChecked, resolve: checked } = Promise.withResolvers<undefined>()
    const demo = await openDemo({
      beforeVerdict: () => {
        checked(undefined)
        return mayGoOn
      },
    })
    const phone = aPhone()
    const ann = await demo.user()
    await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
    const thief = ann.copy()
    const assertion = await demo.proofFor(ann, phone.e164)
    const verdict = thief.postJson('/code/verdict', { assertion })
    await isChecked
    await ann.post('/sign-out')
    goOn(undefined)
    expect((await verdict).status).toBe(403)
    expect(demo.store.accounts.byName(ann.name)?.phone).toBeUndefined()
    expect(await isIn(thief)).toBe(false)
  })
})

describe('CSRF: a form of another site', () => {
  const paths = [
    '/sign-up',
    '/sign-in',
    '/sign-out',
    '/two-factor',
    '/code/restart',
    '/code/cancel',
    '/code/verdict',
  ]
  test.each(paths)('is refused at %s', async (path) => {
    const demo = await openDemo()
    const ann = await demo.user()
    const { sessions } = demo.store
    const before = sessions.byDigest(digestOf(cookieOf(ann)))
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: demo.url.replace('http:', 'https:') },
      { origin: 'null' },
      { origin: '' },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      // The sandbox, on another port.
      { origin: demo.house.sandboxUrl, 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example', 'content-type': 'text/plain' },
    ]) {
      const answer = await ann.post(path, { name: 'mallory', password }, headers)
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('This form was not sent from our page.')
    }
    expect(sessions.byDigest(digestOf(cookieOf(ann)))).toEqual(before)
    expect(demo.store.accounts.byName('mallory')).toBeUndefined()
    expect(demo.log).toEqual([])
  })

  test('is not one of our own, which a browser says in either of two ways', async () => {
    const demo = await openDemo()
    for (const headers of [{ origin: demo.url }, { origin: 'null', 'sec-fetch-site': 'same-origin' }]) {
      const ann = await demo.user()
      expect((await ann.post('/sign-out', {}, headers)).status).toBe(303)
    }
  })
})
