import ipaddr from 'ipaddr.js'

/** What one subscriber has: an IPv4 address, or the /64 of an IPv6 one. IPv4-mapped addresses are IPv4 (FRD-3). */
export function toAddressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return parsed.toByteArray().slice(0, 8).join('.')
}
