/** What a browser or phone shows instead of a key: good for one login of one app (BIND-6, BIND-7). */
import type { App } from '../domain/app.ts'
import type { CallbackTokens } from './receipts/bearer.ts'

/** Proofs under a label of their own, so that a callback's token opens nothing here; `platform/signing` has them. */
export type ClientTokens = CallbackTokens

/** The app is named in it, so that it is known without a look-up; no name has a dot. */
const FORM = /^ct\.([a-z0-9-]{1,40})\.([A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{43})$/

/** `ct.{app}.{key id}.{43 characters of base64url}`. Derived and not stored: the same login has the same token. */
export function toClientToken(tokens: ClientTokens, app: Pick<App, 'name'>, loginId: string): string {
  return `ct.${app.name}.${tokens.make(about(app.name, loginId))}`
}

/**
 * The app whose login the token opens; `wrong` when it has the form of a token and is none of this login's,
 * `undefined` when it has not. The named app is not looked at before the proof is, so nobody learns whether it exists.
 */
export function ownerOf(
  tokens: ClientTokens,
  token: string,
  loginId: string,
): OwnerName | 'wrong' | undefined {
  const [, appName, proof] = FORM.exec(token) ?? []
  if (appName === undefined || proof === undefined) return undefined
  return tokens.isFor(about(appName, loginId), proof) ? { appName } : 'wrong'
}

type OwnerName = { readonly appName: string }

function about(appName: string, loginId: string): string {
  return `${appName}:${loginId}`
}
