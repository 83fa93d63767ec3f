/** How often one may try, counted in this process. Postern limits messages by itself. */
import type { Context } from 'hono'
import { getConnInfo } from '@hono/node-server/conninfo'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

export type Limits = ReturnType<typeof createLimits>

type Granted = { readonly outcome: 'granted' } | { readonly outcome: 'refused'; readonly seconds: number }

const HOUR_SECONDS = 60 * 60

export function createLimits() {
  const ofUserHere = new RateLimiterMemory({ points: 5, duration: HOUR_SECONDS / 4 })
  // The most that NIST SP 800-63B-4, 3.2.2, allows in a row; from many addresses, then.
  const ofUser = new RateLimiterMemory({ points: 100, duration: 24 * HOUR_SECONDS })
  const ofAddress = new RateLimiterMemory({ points: 50, duration: HOUR_SECONDS })
  const signUps = new RateLimiterMemory({ points: 30, duration: HOUR_SECONDS })
  const enrolments = new RateLimiterMemory({ points: 10, duration: HOUR_SECONDS })

  return {
    /** Counts a try before its password is looked at, so that many at once are no way around. */
    mayTry: (user: string, address: string) =>
      consume([ofUserHere, `${user} ${address}`], [ofUser, user], [ofAddress, address]),

    /** The password was right: the try was none. */
    async wasRight(user: string, address: string): Promise<void> {
      await ofUserHere.delete(`${user} ${address}`)
      await Promise.all([ofUser.reward(user), ofAddress.reward(address)])
    },

    maySignUp: (address: string) => consume([signUps, address]),
    mayEnrol: (userId: string) => consume([enrolments, userId]),
  }
}

/** From the first that refuses on, nothing is counted. */
async function consume(...counted: readonly (readonly [RateLimiterMemory, string])[]): Promise<Granted> {
  for (const [limiter, key] of counted) {
    try {
      await limiter.consume(key)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      return { outcome: 'refused', seconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) }
    }
  }
  return { outcome: 'granted' }
}

/** Of whoever holds the other end of the socket; behind a proxy, it would be the one that the proxy names. */
export function clientAddress(c: Context): string {
  return getConnInfo(c).remote.address ?? '0.0.0.0'
}
