import type { Demo, RouteDeps } from './context.ts'

/** `POST /sign-out`: the session ends here, not only in the browser. */
export function signOut(demo: Demo, { sessions }: RouteDeps): void {
  demo.post('/sign-out', (c) => {
    sessions.end(c)
    return c.redirect('/', 303)
  })
}
