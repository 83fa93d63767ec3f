/** What the activities tell of each message and each code, for whoever counts how many of them end well (FRD-6, ATT-9). */
import type { Channel } from '../domain/login.ts'

export type ConversionSubject = {
  readonly e164: string
  readonly app: string
  readonly country: string
  readonly channel: Channel
}

/** None of these throws or is waited for: counting never holds a login up. */
export type ConversionNotes = {
  sent(subject: ConversionSubject): void
  verified(subject: ConversionSubject): void
  /** A wrong code, of whichever login. */
  wrong(): void
}
