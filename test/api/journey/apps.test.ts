/** Two apps of one APPS_FILE behind one API, and how much each can do of what the other can. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { defaultLadder } from '../../../domain/ladder.ts'
import { digestOfKey } from '../../../platform/apps/key-lookup.ts'
import { createAppsSource } from '../../../platform/apps/source.ts'
import { aPhone, openHouse } from '../../support/house.ts'
import { loginOf, openHttp, problemOf, tokenOf, untilResendable } from '../../support/http.ts'

const keys = {
  shop: 'pk_test_shop_0123456789abcdef',
  bank: 'pk_test_bank_0123456789abcdef',
  reader: 'pk_test_reader_0123456789abc',
  starter: 'pk_test_starter_0123456789ab',
}
const keyOf = (name: keyof typeof keys, ...scopes: readonly string[]) => ({
  hash: `sha256:${digestOfKey(keys[name]).toString('hex')}`,
  scopes,
})
const shop = {
  name: 'shop',
  brand: 'Shop',
  subAccountId: 'acme_shop',
  keys: [keyOf('shop', 'start', 'read', 'admin')],
}
const bank = {
  name: 'bank',
  brand: 'Bank',
  subAccountId: 'acme_bank',
  codeLength: 8,
  channels: ['sms'],
  keys: [keyOf('bank', 'start', 'read'), keyOf('reader', 'read'), keyOf('starter', 'start')],
}

/** The house behind these apps, in a file that the test may write again. */
async function open() {
  const house = await openHouse()
  const folder = await mkdtemp(join(tmpdir(), 'postern-apps-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'apps.json')
  const write = (...apps: readonly object[]) => writeFile(file, JSON.stringify({ apps }))
  await write(shop, bank)
  const defaults = {
    isProduction: false,
    version: 'v2',
    subAccountId: 'acme',
    policy: house.policy,
    ladder: defaultLadder,
    limits: { sendsPerDay: 100 },
    concurrency: 1,
  } as const
  const log = { info: () => undefined, error: () => undefined }
  const apps = createAppsSource({ file, defaults }, log, { everyMs: 5 })
  onTestFinished(apps.close)
  const api = await openHttp(house, { apps })
  const as = (name: keyof typeof keys) => api.bearing(keys[name])
  return { house, apps, api, write, as }
}

test('each app sends through its own sub-account, with its own brand, and codes of its own length', async () => {
  const { house, as } = await open()
  const phone = aPhone()
  for (const [name, digits] of [
    ['shop', 6],
    ['bank', 8],
  ] as const) {
    const login = await as(name).login(phone)
    expect(login.brand.toLowerCase()).toBe(name)
    const code = house.codeFor(phone)
    expect(code).toHaveLength(digits)
    expect(await as(name).submit(login.id, code)).toMatchObject({ status: 200, body: { status: 'verified' } })
  }
  const subAccounts = (requests: readonly { subAccountId: string }[]) =>
    requests.map(({ subAccountId }) => subAccountId)
  expect(subAccounts(house.sends())).toEqual(['acme_shop', 'acme_bank'])
  expect(subAccounts(house.checks())).toEqual(['acme_shop', 'acme_bank'])
})

test('API-2: a code of another length than the app’s is refused, reaches nobody and costs nothing', async () => {
  const { house, as } = await open()
  const login = await as('bank').login(aPhone())
  expect(problemOf(await as('bank').submit(login.id, '123456'))).toMatchObject({
    code: 'invalid-request',
    errors: [{ pointer: '/code', detail: 'Must be a string of 8 digits.' }],
  })
  expect(house.checks()).toEqual([])
  expect((await as('bank').read(login.id)).body).toMatchObject({ attemptsLeft: 5 })
})

test('a channel that the app has not is refused, on a start and on a resend', async () => {
  const { house, as } = await open()
  const phone = aPhone()
  const refused = { status: 422, code: 'invalid-request', errors: [{ pointer: '/channel' }] }
  expect(problemOf(await as('bank').start({ phone: phone.e164, channel: 'call' }))).toMatchObject(refused)
  const login = await as('bank').login(phone)
  expect(problemOf(await as('bank').resend(login.id, { channel: 'call' }))).toMatchObject(refused)
  expect(house.sends()).toHaveLength(1)
})

test('a resend that names no channel goes by the only one that the app has, whatever the login’s last one was', async () => {
  const { house, apps, as, write } = await open()
  const phone = aPhone()
  const login = loginOf(await as('shop').start({ phone: phone.e164, channel: 'call' }))
  await write({ ...shop, channels: ['sms'] }, bank)
  await expect.poll(() => apps.all()[0]?.channels).toEqual(['sms'])
  await untilResendable(login)
  expect((await as('shop').resend(login.id)).body).toMatchObject({ channel: 'sms' })
  expect(house.sandbox.messages(phone.e164).map(({ channel }) => channel)).toEqual(['sms', 'call'])
})

test('BIND-7: a login of one app is nothing to the other', async () => {
  const { as } = await open()
  const login = await as('shop').login(aPhone())
  expect(problemOf(await as('bank').read(login.id))).toEqual({ status: 404, code: 'not-found' })
  expect(problemOf(await as('bank').cancel(login.id))).toEqual({ status: 404, code: 'not-found' })
})

test('API-9: a key does what its scopes say, and nothing else', async () => {
  const { house, as } = await open()
  const phone = aPhone()
  const forbidden = { status: 403, code: 'forbidden' }
  expect(problemOf(await as('reader').start({ phone: phone.e164 }))).toEqual(forbidden)
  const { id } = await as('starter').login(phone)
  expect(problemOf(await as('starter').read(id))).toEqual(forbidden)
  expect(problemOf(await as('starter').events(id))).toEqual(forbidden)
  expect(problemOf(await as('starter').list(`phone=${encodeURIComponent(phone.e164)}`))).toEqual(forbidden)
  expect(problemOf(await as('reader').submit(id, '12345678'))).toEqual(forbidden)
  expect(problemOf(await as('reader').resend(id))).toEqual(forbidden)
  expect(problemOf(await as('reader').cancel(id))).toEqual(forbidden)
  expect(problemOf(await as('bank').number(phone.e164))).toEqual(forbidden)
  expect((await as('reader').read(id)).body).toMatchObject({ status: 'waiting_for_code', attemptsLeft: 5 })
  expect((await as('shop').number(phone.e164)).status).toBe(200)
  expect(house.checks()).toEqual([])
})

test('row 49: a key that is taken out of the file is 401 in mid-login, and another key goes on with the login', async () => {
  const { house, apps, as, write } = await open()
  const phone = aPhone()
  const { id } = await as('bank').login(phone)
  await write(shop, { ...bank, keys: [keyOf('starter', 'start', 'read')] })
  await expect.poll(() => apps.byKey(keys.bank)).toBeUndefined()
  expect(problemOf(await as('bank').read(id))).toEqual({ status: 401, code: 'unauthorized' })
  expect(await as('starter').submit(id, house.codeFor(phone))).toMatchObject({ status: 200 })
})

test('row 49: the tokens of an app that is taken out of the file are 401 with its keys, and another app’s login goes on', async () => {
  const { house, apps, api, as, write } = await open()
  const [gone, staying] = [aPhone(), aPhone()]
  const started = await as('bank').start({ phone: gone.e164 })
  const { id } = loginOf(started)
  const browser = api.bearing(tokenOf(started))
  expect((await browser.read(id)).status).toBe(200)
  const other = await as('shop').login(staying)
  await write(shop)
  await expect.poll(() => apps.byKey(keys.bank)).toBeUndefined()
  const unauthorized = { status: 401, code: 'unauthorized' }
  expect(problemOf(await browser.read(id))).toEqual(unauthorized)
  expect(problemOf(await browser.submit(id, house.codeFor(gone)))).toEqual(unauthorized)
  expect(problemOf(await as('bank').read(id))).toEqual(unauthorized)
  expect(house.checks()).toEqual([])
  expect((await as('shop').submit(other.id, house.codeFor(staying))).status).toBe(200)
})
