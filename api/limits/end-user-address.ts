import { isInRanges } from '../middleware/client-address.ts'

/**
 * The address that a login is limited by: what the app says of its user, else where the request came from.
 *
 * A caller on this very machine is the app itself, and its address tells no users apart: `undefined`, not limited.
 *
 * @param said the body's `clientIp`, from an app's key only
 * @param seen what `clientAddress` found; `undefined` when a trusted proxy named none, and all of these are one
 */
export function endUserAddress(said: string | undefined, seen: string | undefined): string | undefined {
  if (said !== undefined) return said
  if (seen === undefined) return 'unknown'
  return isInRanges(seen, LOOPBACK) ? undefined : seen
}

const LOOPBACK = ['127.0.0.0/8', '::1']
