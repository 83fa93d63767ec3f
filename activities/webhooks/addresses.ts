/** Which addresses a message may go to (WHO-11, WHO-12). What is not certainly of the public Internet is refused. */
import ipaddr from 'ipaddr.js'

/** All that IANA has given out for global unicast; what lies outside is private, special, or nobody's yet. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/** Global by its number, and yet answers inside: the host services of Azure's virtual machines. */
const inside = ['168.63.129.16']

/** Whether `address` (IPv4 or IPv6, as text) is one of the public Internet, with no IPv4 address hidden in it. */
export function isGlobal(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  if (parsed instanceof ipaddr.IPv6) return parsed.match(globalUnicast) && !isIsatap(parsed)
  return !inside.includes(parsed.toString())
}

export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback'
}

/** RFC 5214, section 6.1: `::0:5efe:a.b.c.d` or `::200:5efe:a.b.c.d` within any prefix. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe
}
