/** What a login may cost, and how long it may take. Travels in the workflow's input, so a replay sees the policy of its day. */
export type Policy = {
  /** Digits in a code: 6–10 (4–5 only with 8x8's v1). Default 6. */
  readonly codeLength: number
  /** Life of a code, and of the status `sending`, in seconds: 60–600 (EXP-2). Default 300. */
  readonly codeValiditySeconds: number
  /** Shortest time between two sends to one number, in seconds: 10–600 (FRD-2). Default 30. */
  readonly resendIntervalSeconds: number
  /** Codes checked in one login: 1–5 (ATT-4). Default 5. */
  readonly maxAttempts: number
  /** Resends granted in one login: 0–3. Default 2. */
  readonly maxResends: number
  /** Sends to one number over all apps of its sub-account, per rolling window (FRD-2). */
  readonly sendLimits: readonly SendLimit[]
  /** The same for sends with the purpose `enrolment`, inside the above. */
  readonly enrolmentSendLimits: readonly SendLimit[]
}

export type SendLimit = { readonly sends: number; readonly seconds: number }

export const defaultPolicy: Policy = {
  codeLength: 6,
  codeValiditySeconds: 300,
  resendIntervalSeconds: 30,
  maxAttempts: 5,
  maxResends: 2,
  sendLimits: [
    { sends: 3, seconds: 600 },
    { sends: 5, seconds: 3600 },
    { sends: 10, seconds: 86_400 },
  ],
  enrolmentSendLimits: [{ sends: 3, seconds: 86_400 }],
}

/** A login ends at the latest this long after its first send, whatever 8x8's `expiresAt` says (EXP-1). */
export const MAX_LOGIN_SECONDS = 600

/** An `expiresAt` further ahead than this is not believed (EXP-5). */
export const MAX_BELIEVED_EXPIRY_SECONDS = 7200
