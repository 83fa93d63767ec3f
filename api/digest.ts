/** Secrets are compared by their digests: of equal length, so that the time tells nothing about either (ENUM-3). */
import { createHash, timingSafeEqual } from 'node:crypto'

export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** @param digest of the secret, made once */
export function isDigestOf(digest: Buffer, shown: string): boolean {
  return timingSafeEqual(digest, digestOf(shown))
}
