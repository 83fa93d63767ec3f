import ipaddr from 'ipaddr.js'

/** Where an IPv6 address holds the IPv4 address of the same host: NAT64, SIIT and 6to4. */
const embeddedAt: Readonly<Record<string, number>> = { rfc6052: 12, rfc6145: 12, '6to4': 2 }

/**
 * What one subscriber has: an IPv4 address, or the /64 of an IPv6 one. IPv4-mapped addresses are IPv4, and so are
 * those that a translator or a tunnel made of one: else all that a NAT64 stands for would be one /64 (FRD-3).
 */
export function toAddressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const bytes = parsed.toByteArray()
  const at = embeddedAt[parsed.range()]
  return (at === undefined ? bytes.slice(0, 8) : bytes.slice(at, at + 4)).join('.')
}
