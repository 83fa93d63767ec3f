/** Where a message goes: what a URL may say, and what its name may lead to. */
import { expect, test } from 'vitest'
import { findTarget, type Address, type Resolve } from '../../../activities/webhooks/target.ts'
import { openNameServer } from './name-server.ts'

const good: Address = { address: '93.184.215.14', family: 4 }
const ipv6Loopback = [...Array<number>(15).fill(0), 1]
const leadsTo =
  (...addresses: readonly string[]) =>
  () =>
    Promise.resolve(
      addresses.map((address): Address => {
        return { address, family: address.includes(':') ? 6 : 4 }
      }),
    )
const inProduction = (resolve: Resolve = () => Promise.resolve([good])) => {
  return { mayStayInside: false, resolve }
}

test.each([
  'https://hooks.example.com/postern',
  'https://hooks.example.com:443/postern?a=b',
  'https://hooks.example.com:8443/',
  `https://hooks.example.com/${'a'.repeat(2022)}`,
])('in production %s is a target', async (url) => {
  expect(await findTarget(url, inProduction())).toEqual({
    outcome: 'target',
    url: new URL(url),
    addresses: [good],
  })
})

test.each([
  ['plain text', 'http://hooks.example.com/'],
  ['another port', 'https://hooks.example.com:22/'],
  ['the port of plain text', 'https://hooks.example.com:80/'],
  ['a user', 'https://user@hooks.example.com/'],
  ['a password', 'https://:secret@hooks.example.com/'],
  ['another scheme', 'file:///etc/passwd'],
  ['no scheme', 'hooks.example.com'],
  ['too many characters', `https://hooks.example.com/${'a'.repeat(2023)}`],
])('in production a URL with %s is none', async (_name, url) => {
  expect(await findTarget(url, inProduction())).toEqual({ outcome: 'refused', cause: 'url' })
})

test.each([
  ['a private address', ['10.0.0.1']],
  ['a private address behind a good one', ['93.184.215.14', '192.168.0.1']],
  ['a good address behind a private one', ['169.254.169.254', '93.184.215.14']],
  ['a bad IPv6 address beside a good IPv4 one', ['93.184.215.14', '::ffff:127.0.0.1']],
])('in production a name that leads to %s is refused', async (_name, addresses) => {
  expect(await findTarget('https://hooks.example.com/', inProduction(leadsTo(...addresses)))).toEqual({
    outcome: 'refused',
    cause: 'address',
  })
})

test.each([
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://localhost/',
  'https://localhost./',
  'https://a.localhost/',
  'https://①②⑦.0.0.1/',
])('in production %s is refused without asking anybody', async (url) => {
  const nobody = () => Promise.reject(new Error('somebody was asked'))
  expect(await findTarget(url, inProduction(nobody))).toEqual({ outcome: 'refused', cause: 'address' })
})

test('a name without addresses, or that cannot be asked for, is no target', async () => {
  const refused = { outcome: 'refused', cause: 'dns' }
  expect(await findTarget('https://hooks.example.com/', inProduction(leadsTo()))).toEqual(refused)
  const broken = () => Promise.reject(new Error('SERVFAIL'))
  expect(await findTarget('https://hooks.example.com/', inProduction(broken))).toEqual(refused)
})

test.each([
  ['of both families', { A: [93, 184, 215, 14], AAAA: ipv6Loopback }],
  ['of IPv6 that come a little later', { A: [93, 184, 215, 14], AAAA: ipv6Loopback, aaaaAfterMs: 100 }],
  ['of IPv6 alone', { A: [], AAAA: ipv6Loopback }],
])('all addresses that a name server gives are looked at: %s', async (_name, answers) => {
  const resolve = await openNameServer(answers)
  expect(await findTarget('https://hooks.example.com/', inProduction(resolve))).toEqual({
    outcome: 'refused',
    cause: 'address',
  })
})

test('outside production loopback may be a target, in plain text and at any port, and nothing else inside', async () => {
  const bounds = (...addresses: readonly string[]) => {
    return { mayStayInside: true, resolve: leadsTo(...addresses) }
  }
  expect(await findTarget('http://127.0.0.1:3001/hooks', bounds())).toMatchObject({ outcome: 'target' })
  expect(await findTarget('http://localhost:3001/hooks', bounds())).toMatchObject({ outcome: 'target' })
  expect(await findTarget('http://hooks.test/', bounds('::1'))).toMatchObject({ outcome: 'target' })
  const refused = { outcome: 'refused', cause: 'address' }
  expect(await findTarget('http://169.254.169.254/', bounds())).toEqual(refused)
  expect(await findTarget('http://hooks.test/', bounds('10.0.0.1'))).toEqual(refused)
})
