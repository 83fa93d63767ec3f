/** Who a receipt's token lets in: 8x8 about one login, or 8x8 about the whole account. */
import { digestOf, isDigestOf } from '../digest.ts'

/** Proofs that a login's token was made by us; `platform/signing` has them. */
export type CallbackTokens = {
  make(loginId: string): string
  isFor(loginId: string, proof: string): boolean
}

export type ReceiptSettings = {
  readonly callbackTokens: CallbackTokens
  /** In the path of the account-wide webhooks, at least 128 random bits; left out, there are none. */
  readonly token?: string
  /** What these bring in the header `Authorization`; left out, it is not looked at. */
  readonly authorization?: string
  /** Addresses and CIDR ranges that receipts may come from; left out, any. */
  readonly addresses?: readonly string[]
  /** The sub-accounts that we send through now; a receipt that names none is for the first. */
  readonly subAccountIds: () => readonly string[]
}

export type Bearer = { readonly kind: 'login'; readonly loginId: string } | { readonly kind: 'account' }

/** The path's last part, for 8x8 to bring back: `{login id}.{proof}`. */
export function toCallbackUrl(publicUrl: string, tokens: CallbackTokens, loginId: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/v1/webhooks/8x8/${loginId}.${tokens.make(loginId)}`
}

/** Looks at both kinds whatever is wrong with the first, so that the time it takes tells nothing (WHI-1). */
export function findBearer(settings: ReceiptSettings, token: string): Bearer | undefined {
  const [loginId = ''] = token.split('.')
  const isOfLogin = settings.callbackTokens.isFor(loginId, token.slice(loginId.length + 1))
  const isOfAccount = isSame(settings.token ?? '', token) && settings.token !== undefined
  if (isOfLogin) return { kind: 'login', loginId }
  return isOfAccount ? { kind: 'account' } : undefined
}

/** In a time that depends on neither text; digests are compared because lengths may differ. */
export function isSame(secret: string, shown: string): boolean {
  return isDigestOf(digestOf(secret), shown)
}
