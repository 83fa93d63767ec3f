/** Names that give nothing away: login ids, workflow ids, and the HMACs of idempotency keys. */
import { createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto'
import type { Phone } from '../domain/phone.ts'
import type { App, Idempotency } from './gateway.ts'

const RANDOM_BYTES = 16
const HASH_BYTES = 16

/** What a login id tells to whoever has the lookup key's workflow ids: which workflow it is a run of. */
export type LoginName = { readonly subAccountId: string; readonly workflowId: string }

export type Identity = {
  /** `login:{sub-account}:{keyed hash of the number}`; one a number and sub-account (design idea 1). */
  workflowId(subAccountId: string, phone: Phone): string
  /** `lg_` and base64url of 128 random bits, the number's keyed hash and the sub-account. */
  newLoginId(workflowId: string): string
  /** `undefined` for whatever `newLoginId` cannot have made. */
  parseLoginId(loginId: string): LoginName | undefined
  /** `body` is the request after validation, so that its spelling does not matter. */
  idempotency(app: Pick<App, 'name'>, endpoint: string, key: string, body: unknown): Idempotency
  /** `pn_` and 128 bits: names a number (E.164) to one app, and differs from what any other app is told. */
  pseudonym(app: Pick<App, 'name'>, phone: string): string
}

/** @param lookupKey `LOOKUP_KEY`, at least 32 bytes: HMAC-SHA-256 keys for each purpose are derived from it (PII-2). */
export function createIdentity(lookupKey: Buffer): Identity {
  const derive = (label: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', lookupKey, '', `postern ${label}`, 32)))
  const numberKey = derive('number')
  const idempotencyKey = derive('idempotency key')
  const bodyKey = derive('request body')
  const pseudonymKey = derive('pseudonym')
  const hmac = (key: KeyObject, text: string) =>
    createHmac('sha256', key).update(text).digest().subarray(0, HASH_BYTES)

  return {
    workflowId: (subAccountId, phone) =>
      toWorkflowId(subAccountId, hmac(numberKey, phone.e164).toString('base64url')),
    newLoginId(workflowId) {
      const { subAccountId, hash } = fromWorkflowId(workflowId)
      const bytes = [randomBytes(RANDOM_BYTES), Buffer.from(hash, 'base64url'), Buffer.from(subAccountId)]
      return `lg_${Buffer.concat(bytes).toString('base64url')}`
    },
    parseLoginId(loginId) {
      const text = /^lg_([A-Za-z0-9_-]{47,120})$/.exec(loginId)?.[1]
      if (text === undefined) return undefined
      const bytes = Buffer.from(text, 'base64url')
      const subAccountId = bytes.subarray(RANDOM_BYTES + HASH_BYTES).toString()
      if (bytes.toString('base64url') !== text || !/^[A-Za-z0-9\-._&]{3,50}$/.test(subAccountId))
        return undefined
      const hash = bytes.subarray(RANDOM_BYTES, RANDOM_BYTES + HASH_BYTES).toString('base64url')
      return { subAccountId, workflowId: toWorkflowId(subAccountId, hash) }
    },
    idempotency: (app, endpoint, key, body) => ({
      key: hmac(idempotencyKey, JSON.stringify([app.name, endpoint, key])).toString('base64url'),
      fingerprint: hmac(bodyKey, canonical(body)).toString('base64url'),
    }),
    pseudonym: (app, phone) =>
      `pn_${hmac(pseudonymKey, JSON.stringify([app.name, phone])).toString('base64url')}`,
  }
}

function toWorkflowId(subAccountId: string, hash: string): string {
  return `login:${subAccountId}:${hash}`
}

function fromWorkflowId(workflowId: string): { subAccountId: string; hash: string } {
  const [, subAccountId = '', hash = ''] = workflowId.split(':')
  return { subAccountId, hash }
}

/** JSON with sorted members; validated bodies are flat. */
function canonical(body: unknown): string {
  if (typeof body !== 'object' || body === null) return JSON.stringify(body)
  return JSON.stringify(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)))
}
