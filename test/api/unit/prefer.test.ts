import { describe, expect, test } from 'vitest'
import { chooseWait, parsePrefer } from '../../../api/middleware/prefer.ts'
import { given, loginId } from './harness.ts'

describe('Prefer says', () => {
  test.each([
    [undefined, { respondAsync: false }],
    ['', { respondAsync: false }],
    ['wait=10', { respondAsync: false, waitSeconds: 10 }],
    ['WAIT = 7', { respondAsync: false, waitSeconds: 7 }],
    ['wait="7"', { respondAsync: false, waitSeconds: 7 }],
    ['wait=0', { respondAsync: false, waitSeconds: 0 }],
    ['wait=31', { respondAsync: false, waitSeconds: 30 }],
    ['wait=99999999999999999999999', { respondAsync: false, waitSeconds: 30 }],
    ['wait=5, wait=20', { respondAsync: false, waitSeconds: 5 }],
    ['wait=5; unit=s', { respondAsync: false, waitSeconds: 5 }],
    ['wait', { respondAsync: false }],
    ['wait=', { respondAsync: false }],
    ['wait=soon', { respondAsync: false }],
    ['wait=-5', { respondAsync: false }],
    ['wait=1.5', { respondAsync: false }],
    ['wait=1e9', { respondAsync: false }],
    ['wait=٣', { respondAsync: false }],
    ['wait=soon, wait=5', { respondAsync: false }],
    ['respond-async', { respondAsync: true }],
    ['Respond-Async', { respondAsync: true }],
    ['respond-async, wait=10', { respondAsync: true, waitSeconds: 10 }],
    ['return=minimal, handling=lenient', { respondAsync: false }],
    ['note="a, wait=3, b", wait=4', { respondAsync: false, waitSeconds: 4 }],
    ['note="never closed, wait=3', { respondAsync: false }],
    [',,wait=3,,', { respondAsync: false, waitSeconds: 3 }],
  ])('%j: %j', (header, preferences) => {
    expect(parsePrefer(header)).toEqual(preferences)
  })

  test('something within time even when the header is full of quotes', () => {
    const startedAt = performance.now()
    parsePrefer('"\\'.repeat(8192))
    parsePrefer(',"'.repeat(8192))
    expect(performance.now() - startedAt).toBeLessThan(200)
  })
})

test.each([
  [undefined, { seconds: 10 }],
  ['wait=3', { seconds: 3, applied: 'wait=3' }],
  ['wait=60', { seconds: 30, applied: 'wait=30' }],
  ['respond-async', { seconds: 0, applied: 'respond-async' }],
  ['respond-async, wait=3', { seconds: 3, applied: 'wait=3' }],
])('a start with Prefer %j is held for %j', (header, chosen) => {
  expect(chooseWait(parsePrefer(header), 10)).toEqual(chosen)
})

describe('Preference-Applied', () => {
  test.each([
    ['POST', '', 'wait=3', 'wait=3'],
    ['POST', '', 'respond-async', 'respond-async'],
    ['POST', '', 'return=minimal', null],
    ['GET', `/${loginId}`, 'wait=31', 'wait=30'],
    ['GET', `/${loginId}`, 'respond-async', null],
    ['POST', `/${loginId}/code`, 'respond-async', 'respond-async'],
    ['POST', `/${loginId}/code`, 'wait=3', null],
  ])('of %s /v1/logins%s with %s is %s', async (method, rest, prefer, applied) => {
    const { call, post } = given()
    const body = rest === '' ? { phone: '+6591234567' } : { code: '123456' }
    const path = `/v1/logins${rest}`
    const response = await (method === 'GET' ? call(method, path, { prefer }) : post(path, body, { prefer }))
    expect(response.headers.get('preference-applied')).toBe(applied)
  })
})
