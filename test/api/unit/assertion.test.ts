/** When an answer has an assertion, and when it is answered without one. */
import { randomBytes } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { withAssertion } from '../../../api/assertion.ts'
import type { TermsResult } from '../../../api/gateway.ts'
import { createIdentity } from '../../../api/identity.ts'
import { assertableSince } from '../../../domain/assertion.ts'
import type { Login } from '../../../domain/login.ts'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import { pageAt, rowsOf } from '../../docs/pages.ts'
import { anApp } from '../../support/apps.ts'
import { newProofs, signingKeys } from '../../support/proofs.ts'
import { waitingLogin } from '../../support/waiting-login.ts'

const login: Login = { ...waitingLogin, status: 'verified', verifiedAt: '2026-01-01T00:00:00.400Z' }

test('TOK-3: there is one while it is good: 120 seconds from the second of the verdict', () => {
  const at = (time: string) => assertableSince(login, Date.parse(time))
  expect(at('2026-01-01T00:01:59.999Z')).toBe(login.verifiedAt)
  expect(at('2026-01-01T00:02:00.000Z')).toBeUndefined()
})

test('TOK-7: there is none but of a verified login', () => {
  const { verifiedAt: _, ...without } = login
  const at = Date.parse(String(login.verifiedAt))
  expect(assertableSince({ ...without, status: 'failed' }, at)).toBeUndefined()
  expect(assertableSince({ ...login, status: 'superseded' }, at)).toBeUndefined()
})

/** A login that has just been verified, as it is answered by these keys and terms; and what the log has then. */
async function answered(keys = signingKeys(), terms = known) {
  const lines: object[] = []
  const recent = { ...login, verifiedAt: new Date().toISOString() }
  const deps = {
    gateway: { terms },
    identity: createIdentity(randomBytes(32)),
    ...newProofs(keys),
    log: { error: (fields: object) => void lines.push(fields) },
  }
  const shown = await withAssertion(deps, { app: anApp(), requestId: 'req_x' }, recent)
  return { recent, shown, lines }
}

const known = (): Promise<TermsResult> => Promise.resolve({ outcome: 'terms', phone: '+6591234567' })

function keysToCome() {
  const activeFrom = Date.now() + 60_000
  return signingKeys(newSigningKey()).map((key) => ({ ...key, activeFrom }))
}

test.each<[cause: string, keys: ReturnType<typeof signingKeys>, terms: typeof known]>([
  ['no-active-key', keysToCome(), known],
  ['temporal', signingKeys(), () => Promise.resolve({ outcome: 'unavailable' })],
  ['forgotten', signingKeys(), () => Promise.resolve({ outcome: 'not-found' })],
])(
  'fault row 43: a login whose assertion cannot be signed is verified all the same, and the log tells why: %s',
  async (cause, keys, terms) => {
    const { recent, shown, lines } = await answered(keys, terms)
    expect(shown).toEqual(recent)
    expect(lines).toEqual([{ requestId: 'req_x', cause }])
  },
)

test('fault row 43: of what nobody expected the log has the name and not the message', async () => {
  const broken = () => Promise.reject(new TypeError('about +6591234567'))
  const { recent, shown, lines } = await answered(undefined, broken)
  expect(shown).toEqual(recent)
  expect(lines).toEqual([{ requestId: 'req_x', cause: 'unexpected', error: 'TypeError' }])
})

test('TOK-5: acr is the value that the page documents, and claims no level of assurance', async () => {
  const { shown } = await answered()
  const { acr } = decodeJwt(shown.assertion ?? '')
  const [, said = ''] = rowsOf(pageAt('docs/assertion.md')).find(([claim]) => claim === '`acr`') ?? []
  expect(said).toMatch(new RegExp(`^\`${String(acr)}\`: .*no level of NIST SP 800-63B or eIDAS`))
  expect(acr).not.toMatch(/aal|loa|ial|high|substantial|phrh?|mfa|^\d/i)
})
