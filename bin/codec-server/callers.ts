/** Who asks: the bearer of a token, or in development whoever sits at this machine (PII-13). */
import { BlockList, isIPv6 } from 'node:net'
import { digestOf, isDigestOf } from '../../api/digest.ts'
import type { AccessTokens } from './access-tokens.ts'

export type Evidence = {
  readonly authorization: string | undefined
  /** The header `Host`. */
  readonly host: string | undefined
  /** Of the socket. */
  readonly address: string | undefined
}

export type Identified =
  | { readonly outcome: 'caller'; readonly name: string }
  /** `isTokenGiven`: there was a token, and it is not good. */
  | { readonly outcome: 'unauthorized'; readonly isTokenGiven: boolean }
  /** Somebody at this machine, but by a name that is not its own: what a page that rebinds its DNS name would send. */
  | { readonly outcome: 'foreign-host' }
  /** The identity provider's keys cannot be had now. */
  | { readonly outcome: 'unavailable' }

export type Callers = (evidence: Evidence) => Promise<Identified>

export type CallersOptions = {
  readonly isProduction: boolean
  readonly token: string | undefined
  readonly accessTokens: AccessTokens | undefined
}

/** Where a token or an identity provider is configured one is demanded, in development too. */
export function createCallers({ isProduction, token, accessTokens }: CallersOptions): Callers {
  const digest = token === undefined ? undefined : digestOf(token)
  const isOpen = !isProduction && digest === undefined && accessTokens === undefined

  return async function identify({ authorization = '', host, address }) {
    if (isOpen) {
      if (!isLoopback(address)) return { outcome: 'unauthorized', isTokenGiven: false }
      return isLoopbackName(host) ? { outcome: 'caller', name: 'loopback' } : { outcome: 'foreign-host' }
    }
    const [, bearer] = /^bearer +(\S+)$/i.exec(authorization) ?? []
    if (bearer === undefined)
      return { outcome: 'unauthorized', isTokenGiven: /^bearer\b/i.test(authorization) }
    if (digest && isDigestOf(digest, bearer)) return { outcome: 'caller', name: 'token' }
    return (await accessTokens?.(bearer)) ?? { outcome: 'unauthorized', isTokenGiven: true }
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function isLoopbackName(host = ''): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host)
}
