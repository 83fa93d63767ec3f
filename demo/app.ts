/** Amazing Product: a small product whose users confirm a sign-in by a code on their phone, through Postern. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import type { PosternClient } from '../client/index.ts'
import { createLimits } from './limits.ts'
import { serveModules } from './modules.ts'
import type { Passwords } from './passwords.ts'
import { account } from './routes/account.ts'
import { code } from './routes/code.ts'
import type { Demo, DemoEnv } from './routes/context.ts'
import { home } from './routes/home.ts'
import { answerError, answerNoSuchPage } from './routes/show.ts'
import { signIn } from './routes/sign-in.ts'
import { signOut } from './routes/sign-out.ts'
import { signUp } from './routes/sign-up.ts'
import { style } from './routes/style.ts'
import { twoFactor } from './routes/two-factor.ts'
import { createSessions } from './session.ts'
import type { Store } from './store.ts'
import type { VerifyVerdict } from './verdict.ts'
import { receiveWebhook } from './webhooks.ts'

export type DemoDeps = {
  readonly store: Store
  readonly passwords: Passwords
  /** By the API key, which never leaves this server. */
  readonly postern: PosternClient
  readonly verdict: VerifyVerdict
  /** Without one, no webhook is believed. */
  readonly webhookSecret: string | undefined
  /** What the browser calls, with the token of one login. */
  readonly posternUrl: string
  /** The origin is https, whoever ends TLS. */
  readonly isSecure: boolean
  /** What is shown beside each page. */
  readonly development?: { readonly sandboxUrl: string; readonly workflowsUrl?: string }
  readonly log: (line: string) => void
}

/** The product as a value: give its `fetch` to a server. */
export function createDemo(deps: DemoDeps): Hono {
  const app = new Hono()
  app.onError(answerError(deps))
  app.notFound(answerNoSuchPage(deps))
  app.use(headers(deps), limitBody())
  style(app)
  serveModules(app)
  // Postern is no browser: it shows a signature, not a cookie.
  app.post('/webhooks/postern', receiveWebhook({ secret: deps.webhookSecret, store: deps.store }))

  const sessions = createSessions(deps)
  const pages: Demo = new Hono<DemoEnv>()
  pages.use(async function readSession(c, next) {
    c.header('Cache-Control', 'no-store')
    if (deps.development) c.set('development', deps.development)
    const session = sessions.read(c)
    const found = session?.userId === undefined ? undefined : deps.store.accounts.byId(session.userId)
    if (found) c.set('account', found)
    if (session?.pending) c.set('pending', session.pending)
    await next()
  })
  pages.use(
    csrf({
      origin: (origin, c) => origin === `${deps.isSecure ? 'https' : 'http'}://${c.req.header('host') ?? ''}`,
    }),
  )
  const limits = createLimits()
  for (const add of [home, signUp, signIn, account, twoFactor, code, signOut]) {
    add(pages, { ...deps, sessions, limits })
  }
  app.route('/', pages)
  return app
}

/** Nothing but what the pages use themselves: no inline script or style, no other site, no frame around them. */
function headers({ posternUrl, isSecure, development }: DemoDeps) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", NONCE],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'", posternUrl],
      formAction: ["'self'"],
      frameSrc: [development?.sandboxUrl ?? "'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // With `no-referrer` a browser would send `Origin: null` with our own forms.
    referrerPolicy: 'same-origin',
    xFrameOptions: 'DENY',
    strictTransportSecurity: isSecure ? 'max-age=31536000' : false,
  })
}

/** The largest that is sent here is a webhook. */
function limitBody() {
  return bodyLimit({ maxSize: 64 * 1024, onError: (c) => c.text('That is too large.', 413) })
}
