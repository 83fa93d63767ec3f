import type { Context, Hono } from 'hono'
import type { SecureHeadersVariables } from 'hono/secure-headers'
import type { DemoDeps } from '../app.ts'
import type { Limits } from '../limits.ts'
import type { Pending } from '../second-factor.ts'
import type { Sessions } from '../session.ts'
import type { Account } from '../store.ts'

/** What each page's route finds in its context. */
export type DemoEnv = {
  Variables: SecureHeadersVariables & {
    /** Who is signed in. */
    account?: Account
    /** Whose code is awaited: that of a sign-in, or of who is signed in. */
    pending?: Pending
    development?: NonNullable<DemoDeps['development']>
  }
}

export type Demo = Hono<DemoEnv>
export type DemoContext = Context<DemoEnv>

export type RouteDeps = DemoDeps & { readonly sessions: Sessions; readonly limits: Limits }
