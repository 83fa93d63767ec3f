import { expect, test } from 'vitest'
import { toAddressKey } from '../../platform/limits/address-key.ts'

test.each(['64:ff9b::192.0.2.7', '::ffff:0:192.0.2.7', '2002:c000:207::1', '2002:c000:207:ffff::1'])(
  'FRD-3: %s is 192.0.2.7, which a translator or a tunnel stands for',
  (address) => {
    expect(toAddressKey(address)).toBe(toAddressKey('192.0.2.7'))
    expect(toAddressKey(address)).not.toBe(toAddressKey('192.0.2.8'))
  },
)

test('FRD-3: two users behind one NAT64 are two', () => {
  expect(toAddressKey('64:ff9b::192.0.2.7')).not.toBe(toAddressKey('64:ff9b::192.0.2.8'))
})

test.each(['', 'unknown', 'fe80::1%eth0%', '192.0.2.7:80'])(
  'FRD-3: what is no address is one: %j',
  (text) => {
    expect(toAddressKey(text)).toBe('unknown')
  },
)
