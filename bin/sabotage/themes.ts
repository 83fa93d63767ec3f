import { accessVariants } from './access-variants.ts'
import { limitVariants } from './limit-variants.ts'
import { loginVariants } from './login-variants.ts'
import { proofVariants } from './proof-variants.ts'
import type { Variant } from './variant.ts'
import { verdictVariants } from './verdict-variants.ts'

/** What `npm run sabotage` plays, and the words that choose some of it. */
export const themes: Readonly<Record<string, readonly Variant[]>> = {
  login: loginVariants,
  verdict: verdictVariants,
  access: accessVariants,
  limits: limitVariants,
  proof: proofVariants,
}
