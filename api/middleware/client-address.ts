import type { MiddlewareHandler } from 'hono'
import type { GetConnInfo } from 'hono/conninfo'
import ipaddr from 'ipaddr.js'

export type AddressEnv = { Variables: { clientAddress: string | undefined } }

/**
 * Sets the address that a request came from: the socket's, or behind a trusted proxy the one that the proxy saw.
 *
 * @param connInfo what the server knows of a socket
 * @param trustedProxies addresses and CIDR ranges whose `X-Forwarded-For` is believed
 */
export function clientAddress(
  connInfo: GetConnInfo,
  trustedProxies: readonly string[],
): MiddlewareHandler<AddressEnv> {
  return async function clientAddress(c, next) {
    const socket = connInfo(c).remote.address
    c.set('clientAddress', findClientAddress(socket, c.req.header('x-forwarded-for'), trustedProxies))
    await next()
  }
}

/**
 * The right-most address that is not a trusted proxy's: what stands left of it, its sender may have made up.
 *
 * IPv4-mapped addresses are told as IPv4. `undefined` when a trusted proxy names something that is no address.
 */
export function findClientAddress(
  socket: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: readonly string[],
): string | undefined {
  const hops = forwardedFor === undefined ? [] : forwardedFor.split(',').map(withoutPort)
  let nearest = toAddress(socket ?? '')
  while (nearest !== undefined && isInRanges(nearest, trustedProxies)) {
    const hop = hops.pop()
    if (hop === undefined) break
    nearest = toAddress(hop)
  }
  return nearest
}

/** Whether an address as `findClientAddress` tells it is one of these, or in one of these CIDR ranges. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const parsed = ipaddr.process(address)
  return ranges.some((range) => {
    const [network, bits] = toNetwork(range)
    return network.kind() === parsed.kind() && parsed.match(network, bits)
  })
}

function toNetwork(range: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  if (range.includes('/')) return ipaddr.parseCIDR(range)
  const address = ipaddr.process(range)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** Strictly: the library would also take `1` and `0x7f.1` for IPv4. */
function toAddress(text: string): string | undefined {
  const isStrict = text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text)
  return isStrict ? ipaddr.process(text).toString() : undefined
}

/** Some proxies write `192.0.2.1:1234` and `[2001:db8::1]:1234`. */
function withoutPort(hop: string): string {
  const text = hop.trim()
  return /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
}
