/** Where a message may go, by number; and that nothing in it can be reached by another spelling. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGlobal } from '../../../activities/webhooks/addresses.ts'

const outside = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2400:cb00::1',
  '2a00:1450:4001::200e',
]

const inside = {
  'of this network': ['0.0.0.0', '0.1.2.3', '0.255.255.255'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  'of a carrier’s translator': ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'of the link, metadata services among them': [
    '169.254.0.1',
    '169.254.169.254',
    'fe80::1',
    'febf::1',
    'fe80::1%1',
  ],
  'of a cloud’s host services': ['168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'],
  'of protocols': ['192.0.0.0', '192.0.0.255', '192.88.99.1', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
  'of documentation': ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  'of benchmarks': ['198.18.0.0', '198.19.255.255', '2001:2::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'kept for later': [
    '240.0.0.1',
    '255.255.255.254',
    '255.255.255.255',
    '4000::1',
    '1::1',
    '5f00::1',
    'fec0::1',
  ],
  'of nothing': ['::', '100::1', '100:0:0:1::1'],
  'unique local': ['fc00::1', 'fdff:ffff::1'],
  'IPv4 in IPv6': [
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:0:10.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::10.0.0.1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2606:4700::5efe:10.0.0.1',
    '2606:4700::200:5efe:10.0.0.1',
    'fe80::5efe:10.0.0.1',
  ],
  'no address': ['', 'localhost', 'example.com', '10.0.0', '1.1.1.1/8', '[::1]', '1.1.1.1 ', '0x7f.0.0.1'],
}

test.each(outside)('%s is of the Internet', (address) => {
  expect(isGlobal(address)).toBe(true)
})

test.each(Object.entries(inside).flatMap(([kind, all]) => all.map((address) => ({ kind, address }))))(
  '$address is refused: $kind',
  ({ address }) => {
    expect(isGlobal(address)).toBe(false)
  },
)

/** The ranges that must never be reached, from requirements WHO-12, as first and last 32-bit number. */
const blocked4 = [
  [0x00000000, 0x00ffffff],
  [0x0a000000, 0x0affffff],
  [0x64400000, 0x647fffff],
  [0x7f000000, 0x7fffffff],
  [0xa9fe0000, 0xa9feffff],
  [0xac100000, 0xac1fffff],
  [0xc0000000, 0xc00000ff],
  [0xc0000200, 0xc00002ff],
  [0xc0586300, 0xc05863ff],
  [0xc0a80000, 0xc0a8ffff],
  [0xc6120000, 0xc613ffff],
  [0xc6336400, 0xc63364ff],
  [0xcb007100, 0xcb0071ff],
  [0xe0000000, 0xffffffff],
] as const

const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.')
const inBlocked = fc
  .constantFrom(...blocked4)
  .chain(([least, most]) => fc.integer({ min: least, max: most }).map(dotted))
const group = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16))

test('no IPv4 address of a blocked range passes, nor any IPv6 address that holds one', () => {
  const forms = ['', '::ffff:', '::', '::ffff:0:', '64:ff9b::', '2606:4700::5efe:', '2606:4700::200:5efe:']
  fc.assert(
    fc.property(inBlocked, fc.constantFrom(...forms), (address, before) => {
      expect(isGlobal(`${before}${address}`)).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

test('nothing outside 2000::/3 passes, nor anything of 2001::/23, 2002::/16 and 2001:db8::/32', () => {
  const rest = fc.array(group, { minLength: 6, maxLength: 6 })
  const first = fc.integer({ min: 0, max: 0xffff }).filter((n) => n >> 13 !== 1)
  const heads = fc.oneof(
    fc.tuple(
      first.map((n) => n.toString(16)),
      group,
    ),
    fc.tuple(
      fc.constant('2001'),
      fc.integer({ min: 0, max: 0x1ff }).map((n) => n.toString(16)),
    ),
    fc.tuple(fc.constant('2002'), group),
    fc.constant(['2001', 'db8'] as [string, string]),
  )
  fc.assert(
    fc.property(heads, rest, (head, tail) => {
      expect(isGlobal([...head, ...tail].join(':'))).toBe(false)
    }),
    { numRuns: 2000 },
  )
})
