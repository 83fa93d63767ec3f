import { z } from 'zod'
import { PosternError, PosternNetworkError } from '../../client/index.ts'
import { clientAddress } from '../limits.ts'
import { codePage } from '../pages/code.ts'
import { noCodePage } from '../pages/no-code.ts'
import type { Demo, RouteDeps } from './context.ts'
import { newAttempt, readForm, toAttempt } from './form.ts'
import { show } from './show.ts'
import { startCode, whyNoCodeToNumber, whyNoCodeToUser } from './start-code.ts'

/** `/code`: the page that asks for the code, and what it asks of us. The code itself goes to Postern, not here. */
export function code(demo: Demo, deps: RouteDeps): void {
  const { store, postern, verdict, sessions, posternUrl } = deps
  demo.get('/code', (c) => {
    const { pending, secureHeadersNonce: cspNonce = '' } = c.var
    if (pending === undefined) return c.redirect('/sign-in', 303)
    const { loginId, clientToken, purpose, phone, channel } = pending
    const login = { loginId, clientToken, purpose, phone, channel, codeLength: CODE_LENGTH }
    const page = { ...login, posternUrl, attempt: newAttempt(), cspNonce }
    return show(c, { title: 'Enter the code', body: codePage(page) })
  })

  /** The page has a proof from Postern, an assertion; what it says counts, not what the page says. */
  demo.post('/code/verdict', async (c) => {
    const { pending } = c.var
    const { assertion } = verdictSchema.parse(await c.req.json().catch(() => undefined))
    const refuse = (error: string) => c.json({ error }, 403)
    if (pending === undefined || assertion === undefined) return refuse('There is no code to confirm.')
    const { outcome } = await verdict(assertion, pending)
    if (outcome === 'unavailable') return c.json({ error: 'The proof could not be checked. Try again.' }, 503)
    // The session may have ended while the keys were fetched.
    const isStillAwaited = sessions.read(c)?.pending?.loginId === pending.loginId
    if (outcome === 'refused' || !isStillAwaited) return refuse('This proof is not for this page.')

    const { userId, purpose, e164, phone: masked } = pending
    if (purpose === 'enrolment') {
      store.accounts.update(userId, { phone: { e164, masked } })
      // Whoever is in by the password alone is out, and so is every page that would confirm another number.
      store.sessions.deleteOf(userId)
    }
    sessions.signIn(c, userId)
    return c.json({ location: '/account' })
  })

  demo.post('/code/restart', async (c) => {
    const { pending } = c.var
    if (pending === undefined) return c.redirect('/sign-in', 303)
    const { userId, e164, purpose } = pending
    const field = await readForm(c)
    const started = await startCode(deps, {
      userId,
      phone: e164,
      purpose,
      clientIp: clientAddress(c),
      attempt: toAttempt(field('attempt')),
    })
    if (started.outcome === 'started') {
      // Meanwhile the user may have given up, or another click may have come before.
      sessions.awaitAnother(c, pending, started.pending)
      return c.redirect('/code', 303)
    }
    const why = purpose === 'login' ? whyNoCodeToUser(started) : whyNoCodeToNumber(started)
    if (why.retryAfterSeconds !== undefined) c.header('Retry-After', String(why.retryAfterSeconds))
    return show(c, noCodePage(why.sentence, newAttempt()), why.status)
  })

  demo.post('/code/cancel', async (c) => {
    const { pending } = c.var
    if (pending === undefined) return c.redirect('/sign-in', 303)
    sessions.forgetPending(c)
    // Postern lets it expire otherwise.
    await postern.cancel(pending.loginId).catch((error: unknown) => {
      const isToldByPostern = error instanceof PosternError || error instanceof PosternNetworkError
      if (!isToldByPostern) throw error
    })
    return c.redirect(pending.purpose === 'login' ? '/sign-in' : '/two-factor', 303)
  })
}

/** As Postern is configured: its `codeLength` for this app. */
const CODE_LENGTH = 6

const verdictSchema = z.object({ assertion: z.string().max(4096).optional() }).catch({})
