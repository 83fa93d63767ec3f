/** Where a message goes: the URL by its rules, and every address of its name, checked anew at each attempt. */
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { parseWebhookUrl } from '../../domain/webhook-url.ts'
import { isGlobal, isLoopback } from './addresses.ts'

export type Address = { readonly address: string; readonly family: 4 | 6 }

/** All addresses of a name; rejects when there are none. */
export type Resolve = (name: string) => Promise<readonly Address[]>

export type Target =
  | { readonly outcome: 'target'; readonly url: URL; readonly addresses: readonly Address[] }
  | { readonly outcome: 'refused'; readonly cause: 'url' | 'dns' | 'address' }

export type Bounds = {
  /** Outside production only: http, any port, and loopback addresses besides those of the Internet. */
  readonly mayStayInside: boolean
  /** Default: the name servers of this machine. */
  readonly resolve?: Resolve
}

const loopback: readonly Address[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

/** One bad address refuses them all: whoever names both a good and a bad one wants the bad one. */
export async function findTarget(
  text: string,
  { mayStayInside, resolve = resolveAll }: Bounds,
): Promise<Target> {
  const url = parseWebhookUrl(text, mayStayInside)
  if (url === undefined) return { outcome: 'refused', cause: 'url' }
  const addresses = await addressesOf(url, resolve)
  if (addresses.length === 0) return { outcome: 'refused', cause: 'dns' }
  const isAllowed = ({ address }: Address) => isGlobal(address) || (mayStayInside && isLoopback(address))
  if (!addresses.every(isAllowed)) return { outcome: 'refused', cause: 'address' }
  return { outcome: 'target', url, addresses }
}

async function addressesOf({ hostname }: URL, resolve: Resolve): Promise<readonly Address[]> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(literal)
  if (family === 4 || family === 6) return [{ address: literal, family }]
  // RFC 6761, section 6.3: never asked of a name server.
  if (/(^|\.)localhost\.?$/.test(hostname)) return loopback
  try {
    return await resolve(hostname)
  } catch {
    return []
  }
}

/** How long the other family is waited for when one has addresses: there are name servers that never answer AAAA. */
const OTHER_FAMILY_MS = 500

/**
 * A and AAAA. Not `dns.lookup`: it holds a thread of the few that the whole process has for as long as a slow name
 * server takes, and reads the machine's hosts file, in which names of the inside stand. An address that comes too late
 * is not looked at, and not connected to either.
 *
 * @param servers as `Resolver.setServers` takes them; default: those of this machine
 */
export async function resolveAll(name: string, servers?: readonly string[]): Promise<readonly Address[]> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 })
  if (servers !== undefined) resolver.setServers(servers)
  const families = [resolver.resolve4(name), resolver.resolve6(name)] as const
  await Promise.any(families).catch(() => undefined)
  const patience = setTimeout(() => {
    resolver.cancel()
  }, OTHER_FAMILY_MS)
  const [four, six] = await Promise.allSettled(families)
  clearTimeout(patience)
  return [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 as const })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 as const })) : []),
  ]
}
