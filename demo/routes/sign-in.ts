import { clientAddress } from '../limits.ts'
import { signInPage, type SignInForm } from '../pages/sign-in.ts'
import type { Demo, RouteDeps } from './context.ts'
import { inWords, newAttempt, readForm, toAttempt } from './form.ts'
import { show } from './show.ts'
import { startCode, whyNoCodeToUser, type WhyNoCode } from './start-code.ts'

/** `GET` and `POST /sign-in`: by user name and password, and then by the code where that is on. */
export function signIn(demo: Demo, deps: RouteDeps): void {
  const { store, passwords, sessions, limits } = deps
  demo.get('/sign-in', (c) => {
    if (c.var.account) return c.redirect('/account', 303)
    return show(c, signInPage({ attempt: newAttempt() }))
  })

  demo.post('/sign-in', async (c) => {
    const field = await readForm(c)
    const [written, password] = [field('name'), field('password')]
    const name = written.trim().toLowerCase().slice(0, MOST_CHARACTERS)
    const address = clientAddress(c)
    const answer = (
      form: Pick<SignInForm, 'problem' | 'isWrong'>,
      { status, retryAfterSeconds }: Refusal,
    ) => {
      if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
      return show(c, signInPage({ attempt: newAttempt(), name: written, ...form }), status)
    }

    const may = await limits.mayTry(name, address)
    if (may.outcome === 'refused') {
      const problem = `There were too many tries. Try again in ${inWords(may.seconds)}.`
      return answer({ problem }, { status: 429, retryAfterSeconds: may.seconds })
    }
    const passwordHash = store.accounts.byName(name)?.passwordHash
    const isRight = await passwords.verify(passwordHash, password)
    if (isRight) await limits.wasRight(name, address)
    // Read after the password was checked: two-factor login may have been turned on in the meantime.
    const account = store.accounts.byName(name)
    // One sentence, and one amount of work, whichever of the two is wrong.
    if (account === undefined || !isRight) {
      return answer({ problem: 'The user name or the password is wrong.', isWrong: true }, { status: 422 })
    }

    if (account.phone === undefined) {
      sessions.signIn(c, account.id)
      return c.redirect('/account', 303)
    }
    const started = await startCode(deps, {
      userId: account.id,
      phone: account.phone.e164,
      purpose: 'login',
      clientIp: address,
      attempt: toAttempt(field('attempt')),
    })
    if (started.outcome !== 'started') {
      const why = whyNoCodeToUser(started)
      return answer({ problem: why.sentence }, why)
    }
    sessions.awaitCode(c, started.pending)
    return c.redirect('/code', 303)
  })
}

type Refusal = Pick<WhyNoCode, 'status' | 'retryAfterSeconds'>

/** More than any name has; it becomes a key of our limits. */
const MOST_CHARACTERS = 64
