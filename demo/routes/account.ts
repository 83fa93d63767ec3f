import { accountPage } from '../pages/account.ts'
import type { Demo, RouteDeps } from './context.ts'
import { show } from './show.ts'

/** `GET /account`: who is signed in, and what has happened to the account. */
export function account(demo: Demo, { store }: RouteDeps): void {
  demo.get('/account', (c) => {
    const { account } = c.var
    if (account === undefined) return c.redirect('/sign-in', 303)
    return show(c, accountPage({ account, activity: store.activity.of(account.id) }))
  })
}
