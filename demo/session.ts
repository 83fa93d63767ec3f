/**
 * Sessions: a random name in a cookie, and what it stands for in the store. Whoever reads the store cannot use it: it
 * has the names' digests only.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Pending } from './second-factor.ts'
import type { Session, Store } from './store.ts'

export type Sessions = ReturnType<typeof createSessions>

const SIGNED_IN_SECONDS = 14 * 24 * 60 * 60
/** A code lives for minutes; so does the password that was given for it. */
const PENDING_SECONDS = 15 * 60

export function createSessions({ store, isSecure }: { readonly store: Store; readonly isSecure: boolean }) {
  // With `__Host-` a browser takes the cookie from this very host only, and by TLS only.
  const cookie = isSecure ? '__Host-session' : 'demo-session'
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure: isSecure } as const

  const digestIn = (c: Context): string => digestOf(getCookie(c, cookie) ?? '')

  /** As it is now; a pending second factor that is too old is not in it. */
  function read(c: Context): Session | undefined {
    const session = store.sessions.byDigest(digestIn(c))
    if (session?.pending === undefined || isFresh(session.pending)) return session
    return withoutPending(session)
  }

  /** Under a new name, always: a name that somebody knew before is worth nothing after. */
  function begin(c: Context, session: Omit<Session, 'expiresAt'>, seconds: number): void {
    store.sessions.delete(digestIn(c))
    const name = randomBytes(32).toString('base64url')
    store.sessions.put(digestOf(name), { ...session, expiresAt: Date.now() + seconds * 1000 })
    setCookie(c, cookie, name, { ...attributes, maxAge: seconds })
  }

  /** Here and in the browser. */
  function end(c: Context): void {
    store.sessions.delete(digestIn(c))
    deleteCookie(c, cookie, attributes)
  }

  return {
    read,
    end,

    signIn: (c: Context, userId: string) => begin(c, { userId }, SIGNED_IN_SECONDS),

    /** A code is on its way: to let somebody in, who is nobody until then, or to confirm a number of who is in. */
    awaitCode(c: Context, pending: Pending): void {
      if (pending.purpose === 'login') return begin(c, { pending }, PENDING_SECONDS)
      const session = read(c)
      if (session !== undefined) store.sessions.put(digestIn(c), { ...session, pending })
    },

    /**
     * Another code is on its way in the place of this one, unless that is awaited no more. Who asks has shown nothing new,
     * so the session keeps its name, and the password the time when it was given.
     */
    awaitAnother(c: Context, before: Pending, pending: Pending): void {
      const session = read(c)
      if (session?.pending?.loginId !== before.loginId) return
      const { startedAt } = before
      store.sessions.put(digestIn(c), { ...session, pending: { ...pending, startedAt } })
    },

    /** The code is not awaited any more; whoever was signed in still is. */
    forgetPending(c: Context): void {
      const session = read(c)
      if (session?.userId === undefined) end(c)
      else store.sessions.put(digestIn(c), withoutPending(session))
    },
  }
}

function withoutPending({ pending: _pending, ...rest }: Session): Session {
  return rest
}

const isFresh = ({ startedAt }: Pending) => Date.now() < startedAt + PENDING_SECONDS * 1000

const digestOf = (name: string) => createHash('sha256').update(name).digest('base64url')
