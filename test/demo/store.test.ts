import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createStore } from '../../demo/store.ts'

const account = { id: 'a-1', name: 'ann', passwordHash: 'h' }
const HOUR_MS = 60 * 60_000

function aFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'demo-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'demo.json')
}

describe('what the product remembers', () => {
  test('survives a restart, all of it', () => {
    const file = aFile()
    const before = createStore({ file })
    const pending = {
      loginId: 'lg_1',
      clientToken: 'ct',
      nonce: 'n',
      purpose: 'login',
      phone: '+••12',
      channel: 'sms',
      e164: '+6591234512',
      userId: 'a-1',
      startedAt: 1,
    } as const
    const session = { pending, expiresAt: Date.now() + HOUR_MS }
    before.accounts.add(account)
    before.accounts.update('a-1', { phone: { e164: '+6591234512', masked: '+••12' } })
    before.sessions.put('digest', session)
    before.activity.add('a-1', { at: '2026-11-23T10:00:00.000Z', text: 'once' })
    before.takeOnce('jti', 'j-1', Date.now() + HOUR_MS)

    const after = createStore({ file })
    expect(after.accounts.byName('ann')).toEqual({
      ...account,
      phone: { e164: '+6591234512', masked: '+••12' },
    })
    expect(after.accounts.byId('a-1')).toEqual(after.accounts.byName('ann'))
    expect(after.sessions.byDigest('digest')).toEqual(session)
    expect(after.activity.of('a-1')).toEqual([{ at: '2026-11-23T10:00:00.000Z', text: 'once' }])
    expect(after.takeOnce('jti', 'j-1', Date.now() + HOUR_MS)).toBe(false)
  })

  test('is in a file that only its owner may read', () => {
    const file = aFile()
    createStore({ file }).accounts.add(account)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('is not spoiled by a write that was cut off half-way', () => {
    const file = aFile()
    createStore({ file }).accounts.add(account)
    const whole = readFileSync(file, 'utf8')
    writeFileSync(`${file}.draft`, whole.slice(0, whole.length / 2), { mode: 0o644 })

    const store = createStore({ file })
    expect(store.accounts.byName('ann')).toEqual(account)
    store.accounts.add({ ...account, id: 'a-2', name: 'ben' })
    expect(createStore({ file }).accounts.byName('ben')).toMatchObject({ id: 'a-2' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('is replaced whole: whoever reads the old file reads all of it', () => {
    const file = aFile()
    const store = createStore({ file })
    store.accounts.add(account)
    const whole = readFileSync(file, 'utf8')
    const old = openSync(file, 'r')
    onTestFinished(() => closeSync(old))
    store.accounts.add({ ...account, id: 'a-2', name: 'ben' })
    expect(readFileSync(old, 'utf8')).toBe(whole)
    expect(readFileSync(file, 'utf8')).toContain('ben')
  })

  test.each([
    ['half of one', '{"accounts":[{"id":"a-1"'],
    ['somebody else’s', '{"name":"postern","version":"0.1.0"}'],
    ['empty', ''],
  ])('is never written over a file that is %s', (_, text) => {
    const file = aFile()
    writeFileSync(file, text)
    expect(() => createStore({ file })).toThrow(`${file} is not a file of this demo.`)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('says at the start that its file cannot be written', () => {
    expect(() => createStore({ file: join(aFile(), 'nowhere', 'demo.json') })).toThrow('ENOENT')
  })

  test('needs no file', () => {
    const store = createStore()
    store.accounts.add(account)
    expect(store.accounts.byName('ann')).toEqual(account)
    expect(createStore().accounts.byName('ann')).toBeUndefined()
  })
})

test('a name belongs to the account that took it first', () => {
  const store = createStore()
  expect(store.accounts.add(account)).toBe(true)
  expect(store.accounts.add({ ...account, id: 'a-2' })).toBe(false)
  expect(store.accounts.byName('ann')).toEqual(account)
  expect(store.accounts.byId('a-2')).toBeUndefined()
})

test('a session is there until it expires, and then leaves the file too', () => {
  const file = aFile()
  const store = createStore({ file })
  store.sessions.put('first', { userId: 'a-1', expiresAt: 1000 }, 0)
  expect(store.sessions.byDigest('first', 999)).toEqual({ userId: 'a-1', expiresAt: 1000 })
  expect(store.sessions.byDigest('first', 1000)).toBeUndefined()
  store.sessions.put('second', { userId: 'a-1', expiresAt: 2000 }, 1000)
  expect(readFileSync(file, 'utf8')).not.toContain('first')
})

test('an id is taken once of its kind, for as long as it is remembered', () => {
  const store = createStore()
  const take = (kind: 'jti' | 'webhook', now: number) => store.takeOnce(kind, 'x', 1000, now)
  expect([take('jti', 0), take('jti', 999), take('webhook', 999)]).toEqual([true, false, true])
  expect(take('jti', 1000)).toBe(true)
})

test('activity is kept by when it happened, the last twenty lines of each account', () => {
  const store = createStore()
  const line = (minute: number) => ({
    at: new Date(minute * 60_000).toISOString(),
    text: `minute ${minute}`,
  })
  for (let minute = 1; minute <= 20; minute++) store.activity.add('a-1', line(minute))
  store.activity.add('a-1', line(22))
  store.activity.add('a-1', line(21))
  store.activity.add('a-2', line(1))
  const kept = Array.from({ length: 20 }, (_, index) => line(22 - index))
  expect(store.activity.of('a-1')).toEqual(kept)
  expect(store.activity.of('a-2')).toEqual([line(1)])
})
