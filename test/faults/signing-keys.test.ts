/** Rows 43 and 49: the keys that sign are away, or change, between a start and its verdict. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { inject, expect, onTestFinished, test } from 'vitest'
import { newSigningKey } from '../../platform/signing/new-signing-key.ts'
import { createAssertions } from '../../platform/signing/assertions.ts'
import { watchSigningKeys, type SigningKey } from '../../platform/signing/signing-keys.ts'
import { aPhone } from '../support/house.ts'
import { openHttp, openJourney, problemOf } from '../support/http.ts'
import { injected } from '../support/injected.ts'
import { issuer, newProofs, signingKeys } from '../support/proofs.ts'
import { openTcpProxy } from '../support/tcp-proxy.ts'
import { openWatchedHouse } from '../support/watched-house.ts'

/** As an app does it: by the keys that are published now. The id of the key that signed. */
async function verify(url: string, assertion: unknown): Promise<string | undefined> {
  const jwks = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`))
  const options = { issuer, audience: 'acme', algorithms: ['EdDSA'], typ: 'login-assertion+jwt' }
  await jwtVerify(String(assertion), jwks, options)
  return decodeProtectedHeader(String(assertion)).kid
}

/** What signs and proves, by keys that the test may change. */
const proofsOf = (all: () => readonly SigningKey[]) => ({
  ...newProofs(),
  assertions: createAssertions({ issuer, keys: { all } }),
})

test('row 43: while Temporal and 8x8 are both down the keys are there, and prove who was verified before', async ({
  task,
}) => {
  const eightByEight = await openTcpProxy()
  const house = await openWatchedHouse({ baseUrl: eightByEight.url })
  eightByEight.to(house.sandboxUrl)
  const temporal = await openTcpProxy(inject('temporalAddress'))
  const gateway = await house.openGatewayVia(temporal.address, () => undefined)
  const api = await openHttp(house, { gateway })
  const phone = aPhone()
  const { id } = await api.login(phone)
  const { assertion } = (await api.submit(id, house.codeFor(phone))).body

  await Promise.all([temporal.refuse(), eightByEight.refuse()])
  injected(task, 'Temporal and 8x8 refuse connections')
  const another = await api.start({ phone: aPhone().e164 })
  expect(problemOf(another)).toMatchObject({ status: 503, code: 'service-unavailable' })
  expect((await api.anonymous.send('GET', '/.well-known/jwks.json')).status).toBe(200)
  await expect(verify(api.url, assertion)).resolves.toBeDefined()
})

test('row 43: a login that no key could sign is verified without an assertion, and has one as soon as a key is there', async ({
  task,
}) => {
  const [key] = signingKeys()
  if (key === undefined) throw new Error('no key was made')
  const toCome: SigningKey = { ...key, kid: 'to-come', activeFrom: Date.now() + 3_600_000 }
  let keys: readonly SigningKey[] = [toCome]
  const errors: object[] = []
  const { house, api } = await openJourney({}, { proofs: proofsOf(() => keys), errors })
  const phone = aPhone()
  const { id } = await api.login(phone)
  injected(task, 'no key that signs')
  const again = { 'idempotency-key': 'one' }
  const verified = await api.submit(id, house.codeFor(phone), again)
  expect(verified).toMatchObject({ status: 200, body: { status: 'verified' } })
  expect(verified.body).not.toHaveProperty('assertion')
  expect((await api.read(id)).body).not.toHaveProperty('assertion')
  expect(await house.events(id)).toContain('login.verified')
  expect(errors).toEqual([1, 2].map(() => expect.objectContaining({ cause: 'no-active-key' }) as unknown))

  keys = [toCome, key]
  const { assertion } = (await api.read(id)).body
  expect(await verify(api.url, assertion)).toBe(key.kid)
  expect((await api.submit(id, house.codeFor(phone), again)).body.assertion).toBe(assertion)
  expect(house.checks()).toHaveLength(1)
})

test('row 49: when the signing key is rotated in mid-login the new one signs, and what the old one signed stays good', async ({
  task,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'keys.json')
  const old = newSigningKey()
  await writeFile(file, JSON.stringify({ keys: [old] }))
  const log = { info: () => undefined, error: () => undefined }
  const watched = watchSigningKeys(file, log, { everyMs: 5 })
  onTestFinished(watched.close)
  const { house, api } = await openJourney({}, { proofs: proofsOf(watched.all) })
  const [before, during] = [aPhone(), aPhone()]
  const first = await api.login(before)
  const second = await api.login(during)
  const { assertion } = (await api.submit(first.id, house.codeFor(before))).body

  const fresh = newSigningKey(new Date())
  await writeFile(file, JSON.stringify({ keys: [old, fresh] }))
  await expect.poll(() => watched.all().length).toBe(2)
  injected(task, 'signing key rotated')
  const late = (await api.submit(second.id, house.codeFor(during))).body.assertion
  expect(await verify(api.url, late)).toBe(fresh.kid)
  expect(await verify(api.url, assertion)).toBe(old.kid)
  expect((await api.read(first.id)).body.assertion).toBe(assertion)
})
