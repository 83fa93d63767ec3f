/** Where a request came from, as far as it can be known. */
import { describe, expect, test } from 'vitest'
import { findClientAddress, isInRanges } from '../../../../api/middleware/client-address.ts'

const proxies = ['10.0.0.0/8', '::1', '2001:db8:f::/48']

test.each([
  ['203.0.113.7', undefined, '203.0.113.7'],
  ['::ffff:203.0.113.7', undefined, '203.0.113.7'],
  ['2001:db8::7', undefined, '2001:db8::7'],
  [undefined, undefined, undefined],
  ['nonsense', undefined, undefined],
])('the socket’s address counts: %s', (socket, forwardedFor, expected) => {
  expect(findClientAddress(socket, forwardedFor, proxies)).toBe(expected)
})

test('API-16: X-Forwarded-For of a stranger is not believed', () => {
  expect(findClientAddress('203.0.113.7', '52.220.117.120', proxies)).toBe('203.0.113.7')
})

test('without a trusted proxy X-Forwarded-For is never believed', () => {
  expect(findClientAddress('10.0.0.1', '52.220.117.120', [])).toBe('10.0.0.1')
})

describe('behind a trusted proxy', () => {
  test.each([
    ['52.220.117.120', '52.220.117.120'],
    ['1.1.1.1, 52.220.117.120', '52.220.117.120'],
    ['52.220.117.120, 10.0.0.2', '52.220.117.120'],
    ['1.1.1.1, 52.220.117.120 ,10.0.0.2,::1', '52.220.117.120'],
    ['::ffff:52.220.117.120', '52.220.117.120'],
    ['52.220.117.120:4711', '52.220.117.120'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['2001:db8:f::2, 2001:db8:f::1', '2001:db8:f::2'],
  ])('the right-most address that is no proxy’s counts: %s', (forwardedFor, expected) => {
    expect(findClientAddress('::ffff:10.0.0.1', forwardedFor, proxies)).toBe(expected)
  })

  test.each(['', 'unknown', '52.220.117.120, unknown', '1', '0x34.1.2.3', '52.220.117', '_hidden'])(
    'what is no address makes none known: %j',
    (forwardedFor) => {
      expect(findClientAddress('10.0.0.1', forwardedFor, proxies)).toBeUndefined()
    },
  )

  test('without the header it is the proxy’s own', () => {
    expect(findClientAddress('10.0.0.1', undefined, proxies)).toBe('10.0.0.1')
  })
})

test.each([
  ['52.220.117.120', ['52.220.117.120'], true],
  ['52.220.117.121', ['52.220.117.120'], false],
  ['52.220.117.121', ['52.220.117.120/31'], true],
  ['2001:db8::1', ['52.220.117.120/1', '2001:db8::/32'], true],
  ['2001:db8::1', ['0.0.0.0/0'], false],
  ['52.220.117.120', ['::ffff:52.220.117.120'], true],
  ['52.220.117.120', [], false],
])('%s is in %j: %s', (address, ranges, expected) => {
  expect(isInRanges(address, ranges)).toBe(expected)
})
