/** The second factor, as a customer asks Postern for it. A browser cannot: only the API key starts logins. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import {
  PosternError,
  PosternNetworkError,
  type Channel,
  type PosternClient,
  type Purpose,
} from '../client/index.ts'

/** What a form and its session give. */
export type SecondFactorStart = {
  /** The account's id: it comes back as `sub` of the assertion. */
  readonly userId: string
  /** In E.164, or national together with `country`. */
  readonly phone: string
  /** ISO 3166-1 alpha-2, upper case. */
  readonly country?: string
  readonly purpose: Purpose
  /** The user's address, by which Postern limits as well. */
  readonly clientIp?: string
  /** Made with the form: the same one, sent twice, is one message. One that has failed stays failed: make another. */
  readonly attempt: string
}

/** What the session keeps while the code is on its way; the verdict is measured by it. */
export type Pending = {
  readonly loginId: string
  /** For the page that asks for the code; good for this login alone. */
  readonly clientToken: string
  /** Never leaves the server but to Postern, and comes back in the assertion. */
  readonly nonce: string
  readonly purpose: Purpose
  /** Masked but for its last two digits. */
  readonly phone: string
  readonly channel: Channel
  /** The number that the code goes to. */
  readonly e164: string
  readonly userId: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/**
 * `phone-invalid`: it is no number, which its user may be told. `refused`: no code goes to this number now; of an
 * enrolment, where the number may be a stranger's, a page tells neither why nor how long (ENUM-1). `unavailable`: it
 * has nothing to do with the number; `because` is for the log.
 */
export type StartResult =
  | { readonly outcome: 'started'; readonly pending: Pending }
  | { readonly outcome: 'refused'; readonly retryAfterSeconds?: number }
  | { readonly outcome: 'phone-invalid' }
  | { readonly outcome: 'unavailable'; readonly because: PosternError['code'] | 'no-answer' }

/** Starts a login at Postern, which sends the code. */
export async function startSecondFactor(
  postern: PosternClient,
  start: SecondFactorStart,
): Promise<StartResult> {
  const { userId, phone, country, purpose, clientIp } = start
  // Postern is given what the account will keep, so that the number that is proved is the one that is kept.
  const e164 = toE164(phone, country)
  if (e164 === undefined) return { outcome: 'phone-invalid' }
  const nonce = createHmac('sha256', nonceKey).update(nameOf(start)).digest('base64url')
  try {
    const login = await postern.start(
      {
        phone: e164,
        userId,
        purpose,
        nonce,
        brand: 'Amazing Product',
        ...(clientIp === undefined ? {} : { clientIp }),
      },
      { idempotencyKey: createHash('sha256').update(nameOf(start)).digest('base64url') },
    )
    const { id: loginId, clientToken, phone: masked, channel } = login
    const startedAt = Date.now()
    return {
      outcome: 'started',
      pending: { loginId, clientToken, nonce, purpose, phone: masked, channel, e164, userId, startedAt },
    }
  } catch (error) {
    if (error instanceof PosternError) return toOutcome(error)
    if (error instanceof PosternNetworkError) return { outcome: 'unavailable', because: 'no-answer' }
    throw error
  }
}

/**
 * A nonce is new for each attempt and unknown to the browser, and yet the same when an attempt is repeated: another one
 * would make it another request, which Postern refuses under the same idempotency key. Of this process alone: an
 * attempt from before a restart is refused, and the next form makes a new one.
 */
const nonceKey = randomBytes(32)

/** An attempt comes back from a browser, so it is the user's own and no one else's. */
const nameOf = ({ userId, purpose, attempt }: SecondFactorStart) => JSON.stringify([userId, purpose, attempt])

function toE164(phone: string, country = ''): string | undefined {
  const defaultCountry = isSupportedCountry(country) ? { defaultCountry: country } : {}
  const number = parsePhoneNumberFromString(phone, { extract: false, ...defaultCountry })
  return number?.isValid() === true && number.ext === undefined ? number.number : undefined
}

function toOutcome({ code, retryAfterSeconds }: PosternError): StartResult {
  switch (code) {
    case 'too-many-requests':
    case 'resend-too-early':
      return { outcome: 'refused', ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) }
    // That it is a number was seen above: here the carrier has refused it, and why is its owner's matter.
    case 'phone-invalid':
    case 'phone-not-allowed':
    case 'provider-refused':
    case 'login-closed':
    case 'login-expired':
    case 'idempotency-conflict':
    case 'code-incorrect':
    case 'resends-exhausted':
      return { outcome: 'refused' }
    case 'provider-unavailable':
    case 'service-unavailable':
    case 'code-check-unavailable':
    case 'internal-error':
    case 'unreadable-answer':
      return { outcome: 'unavailable', because: code }
    // Mistakes of ours, such as a wrong API key: the user can do nothing about them.
    case 'unauthorized':
    case 'forbidden':
    case 'invalid-request':
    case 'malformed-json':
    case 'payload-too-large':
    case 'unsupported-media-type':
    case 'not-found':
    case 'method-not-allowed':
      return { outcome: 'unavailable', because: code }
  }
}
