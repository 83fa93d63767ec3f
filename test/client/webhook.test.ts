import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { sign } from '../../activities/webhooks/sign.ts'
import { PosternProofError, verifyWebhook } from '../../client/index.ts'

const secret = `whsec_${randomBytes(32).toString('base64')}`
const other = `whsec_${randomBytes(32).toString('base64')}`
const event = {
  type: 'login.verified',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { app: 'shop', loginId: 'lg_x', sequence: 4, phone: '+••••••••67' },
}
const body = JSON.stringify(event)
const headers = sign([secret], 'evt_x_4', Date.now(), body)

describe('a webhook that Postern signed is taken', () => {
  test.each([
    ['headers of fetch', body, new Headers(headers), secret],
    ['headers of Node', body, headers, secret],
    ['headers in another case', body, { 'Webhook-Id': 'evt_x_4', ...upper(headers) }, secret],
    ['a body of bytes', new TextEncoder().encode(body), headers, secret],
    ['the old secret while it is rotated', body, headers, [other, secret]],
    ['two signatures while it is rotated', body, sign([other, secret], 'evt_x_4', Date.now(), body), secret],
  ])('with %s', (_, payload, given, secrets) => {
    expect(verifyWebhook(payload, given, secrets)).toEqual(event)
  })
})

describe('API-15: a webhook is not believed', () => {
  test.each([
    ['signed with another secret', body, headers, other],
    ['with a changed body', body.replace('verified', 'canceled'), headers, secret],
    ['with a changed id', body, { ...headers, 'webhook-id': 'evt_x_5' }, secret],
    ['of an hour ago', body, sign([secret], 'evt_x_4', Date.now() - 3_600_000, body), secret],
    ['without a signature', body, {}, secret],
    ['without a secret to check it by', body, headers, []],
  ])('%s', (_, payload, given, secrets) => {
    expect(() => verifyWebhook(payload, given, secrets)).toThrow(PosternProofError)
  })
})

function upper(lower: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(lower).map(([name, value]) => [name.toUpperCase(), value]))
}
