/** What a verified login proves, before it is signed (docs/assertion.md). */
import type { Purpose } from './budget.ts'
import type { Channel, Login } from './login.ts'

/** How long an assertion is good, from the moment of the verdict (TOK-3). */
export const ASSERTION_SECONDS = 120

export type Proof = {
  readonly loginId: string
  /** The app that it is for. */
  readonly audience: string
  /** The app's name for the user, or a pseudonym; never the phone. */
  readonly subject: string
  /** ISO 8601. */
  readonly verifiedAt: string
  /** Of the code that was right. */
  readonly channel: Channel
  readonly purpose: Purpose
  /** As the start brought it. */
  readonly nonce?: string
  /** E.164; only for an app that asks for it (TOK-6). */
  readonly phone?: string
}

/** No signing key was active at the time of the verdict, so that nothing can be signed. */
export class NoActiveKeyError extends Error {
  constructor() {
    super('no signing key was active at the time of the verdict')
    this.name = 'NoActiveKeyError'
  }
}

/** When the login was verified, if its assertion would still be good. `now` is milliseconds since the epoch. */
export function assertableSince({ status, verifiedAt }: Login, now: number): string | undefined {
  if (status !== 'verified' || verifiedAt === undefined) return undefined
  const expiresAt = Math.floor(Date.parse(verifiedAt) / 1000) + ASSERTION_SECONDS
  return now < expiresAt * 1000 ? verifiedAt : undefined
}
