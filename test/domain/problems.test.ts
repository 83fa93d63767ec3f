import { describe, expect, test } from 'vitest'
import { problems } from '../../domain/problems.ts'

const rows = Object.entries(problems)

describe('the catalogue of problems', () => {
  test('has 22 rows: another one is a promise to every caller', () => {
    expect(rows).toHaveLength(22)
  })

  test('has the statuses that callers were told', () => {
    expect(Object.fromEntries(rows.map(([code, { status }]) => [code, status]))).toEqual({
      'malformed-json': 400,
      unauthorized: 401,
      forbidden: 403,
      'phone-not-allowed': 403,
      'not-found': 404,
      'method-not-allowed': 405,
      'login-closed': 409,
      'resends-exhausted': 409,
      'login-expired': 410,
      'payload-too-large': 413,
      'unsupported-media-type': 415,
      'invalid-request': 422,
      'phone-invalid': 422,
      'idempotency-conflict': 422,
      'code-incorrect': 422,
      'too-many-requests': 429,
      'resend-too-early': 429,
      'internal-error': 500,
      'provider-refused': 502,
      'code-check-unavailable': 503,
      'provider-unavailable': 503,
      'service-unavailable': 503,
    })
  })

  test.each(rows)('`%s` is kebab-case', (code) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
  })

  test.each(rows)('`%s` has the status of an error', (_, { status }) => {
    expect(Math.floor(status / 100)).toBeOneOf([4, 5])
  })

  test.each(rows)('`%s` has a sentence for a title', (_, { title }) => {
    expect(title).toMatch(/^[A-Z].*\.$/)
  })

  test('no two titles are alike', () => {
    expect(new Set(rows.map(([, { title }]) => title)).size).toBe(rows.length)
  })
})
