/** A client of one 8x8 sub-account. Neither call ever rejects for something the network or 8x8 does. */
export type EightByEight = {
  /**
   * Asks 8x8 to send a code to a phone, once. Never repeated here, whatever happens.
   *
   * With v1 the channel cannot be chosen: `channel: 'call'` is sent like `'sms'`, and whether a call is
   * placed is left to the account's own fallback (8x8 facts page, "Two generations").
   */
  send(request: SendRequest, onStatus?: OnStatus): Promise<SendOutcome>
  /**
   * Asks 8x8, once, whether a submitted code is the one it sent. It always carries a code: a status read
   * without one does not exist here, since it may speak of another login's code (facts page, trap 2).
   *
   * @throws Error when `challenge` is not one that `send` could have given.
   */
  check(request: CheckRequest, onStatus?: OnStatus): Promise<CheckOutcome>
}

/** Told of the HTTP status of an answer that was read whole, before the outcome is known. */
export type OnStatus = (status: number) => void

/** One message to send. Fields that the version in use does not document are not sent (see `v1.ts`). */
export type SendRequest = {
  /** E.164 with the plus sign. */
  readonly phone: string
  readonly channel: 'sms' | 'call'
  /** The name in the text, at most 30 characters. Default: the account's. */
  readonly brand?: string
  /** Such as `en-US`, case-sensitive; matters for calls. v2 only. */
  readonly language?: string
  /** The user's address, for 8x8's own limits. v2 only. */
  readonly clientIp?: string
  /** The text, with `{code}` and `{brand}`. v2 only. Default: the account's. */
  readonly template?: string
  /** Told of the status of attempts; never to be believed. v2 only. */
  readonly callbackUrl?: string
  /** `true` asks for a new code; `false` keeps the number's session and its code, and extends its validity. */
  readonly newCode: boolean
  /** 3–10 digits. v2 only; with v1 the account's. */
  readonly codeLength: number
  /** 30–7200. v2 only; with v1 the account's. */
  readonly validitySeconds: number
  /** 10–7200: 8x8 refuses another send to this number before it has passed. v2 only; with v1 the account's. */
  readonly resendIntervalSeconds: number
}

/** What became of a send. No variant carries the number, a URL or a word of 8x8's. */
export type SendOutcome =
  | {
      readonly outcome: 'sent'
      /** Opaque name of the session, 1–128 of `[A-Za-z0-9._~-]`. */
      readonly challenge: string
      /** ISO 8601, milliseconds, `Z`; absent when 8x8's was missing or malformed. Not checked to be plausible. */
      readonly expiresAt?: string
    }
  /** Refused because the last send is too recent. Says nothing about whose send that was. */
  | {
      readonly outcome: 'too_early'
      /**
       * The class of 8x8's error code, such as `13xx`, `none` or `other`, when that does not say so. Present, it
       * means that the interval is a guess: the account or our address may be what was refused.
       */
      readonly codeClass?: string
    }
  | { readonly outcome: 'refused'; readonly refusal: SendRefusal }
  | NotDone
  | Unknown<'timeout' | 'reset' | 'server_error' | 'unreadable'>

/**
 * Final reasons. `phone` is the caller's mistake; `credentials`, `account`, `parameter` and `tls` (1.3 is
 * needed) are ours. `contract`: 200, but not an answer we may build on; the message may have been sent.
 */
export type SendRefusal = 'phone' | 'credentials' | 'account' | 'parameter' | 'tls' | 'contract'

export type CheckRequest = {
  /** E.164 with the plus sign. */
  readonly phone: string
  /** As `send` gave it. */
  readonly challenge: string
  /** What the user typed. */
  readonly code: string
}

/** What 8x8 said about a code. Only `verified` lets anyone in. */
export type CheckOutcome =
  /** One answer said 200, `VERIFIED`, this session and this number. */
  | { readonly outcome: 'verified' }
  | {
      readonly outcome: 'incorrect'
      /** Unsuccessful checks so far, 0–255, as 8x8 counts; absent when it did not say. */
      readonly attempt?: number
    }
  /** Too many wrong codes; final. */
  | { readonly outcome: 'exhausted' }
  | { readonly outcome: 'expired' }
  /** 8x8 does not know the session, or no longer. */
  | { readonly outcome: 'gone' }
  /** Our key or address was refused: the code was never evaluated. */
  | { readonly outcome: 'unauthorized' }
  | { readonly outcome: 'refused'; readonly refusal: 'parameter' | 'account' | 'tls' }
  | NotDone
  /** `mismatch`: a status that belongs to another session or number. */
  | Unknown<'timeout' | 'reset' | 'server_error' | 'unreadable' | 'mismatch' | 'unknown_status'>

/** Certainly not acted on by 8x8: it may be tried again, and costs no attempt. */
export type NotDone = {
  readonly outcome: 'not_done'
  /** `open`: no call was made, since those before it failed (see `breaker.ts`). */
  readonly cause: 'dns' | 'connect' | 'tls' | 'rate_limited' | 'open'
  /** From a 429, whole seconds ≥ 0 without an upper bound; absent when not told or garbage. */
  readonly retryAfterSeconds?: number
}

/** Perhaps acted on by 8x8: never to be taken for done, nor for not done. */
export type Unknown<Cause extends string> = { readonly outcome: 'unknown'; readonly cause: Cause }
