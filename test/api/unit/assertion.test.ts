/** When an answer has an assertion, and when it is answered without one. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { withAssertion } from '../../../api/assertion.ts'
import { createIdentity } from '../../../api/identity.ts'
import { assertableSince } from '../../../domain/assertion.ts'
import type { Login } from '../../../domain/login.ts'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import { anApp } from '../../support/apps.ts'
import { newProofs, signingKeys } from '../../support/proofs.ts'

const now = Date.now()
const login: Login = {
  id: 'lg_x',
  status: 'verified',
  phone: '+••••••••67',
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  attemptsLeft: 5,
  resendsLeft: 2,
  resendAfter: null,
  expiresAt: null,
  createdAt: new Date(now).toISOString(),
  delivery: 'sent',
  verifiedAt: '2026-01-01T00:00:00.400Z',
}

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

test('fault row 43: a login whose assertion cannot be signed is verified all the same, and the log tells', async () => {
  const errors: object[] = []
  const recent = { ...login, verifiedAt: new Date(now).toISOString() }
  const [future] = signingKeys(newSigningKey()).map((key) => ({ ...key, activeFrom: now + 60_000 }))
  if (future === undefined) throw new Error('no key')
  const deps = {
    gateway: { terms: () => Promise.resolve({ outcome: 'terms' as const, phone: '+6591234567' }) },
    identity: createIdentity(randomBytes(32)),
    ...newProofs([future]),
    log: { error: (fields: object) => void errors.push(fields) },
  }
  expect(await withAssertion(deps, { app: anApp(), requestId: 'req_x' }, recent)).toEqual(recent)
  expect(errors).toEqual([{ requestId: 'req_x', error: 'Error' }])
})
