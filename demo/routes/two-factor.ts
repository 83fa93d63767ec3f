import { clientAddress } from '../limits.ts'
import { countryOf, twoFactorPage, type TwoFactorForm } from '../pages/two-factor.ts'
import type { Demo, RouteDeps } from './context.ts'
import { newAttempt, readForm, toAttempt } from './form.ts'
import { show } from './show.ts'
import { noCodeToNumber, startCode, whyNoCodeToNumber, type WhyNoCode } from './start-code.ts'

/** `GET` and `POST /two-factor`: the number that codes will go to, which a code must confirm first. */
export function twoFactor(demo: Demo, deps: RouteDeps): void {
  const { sessions, limits } = deps
  demo.get('/two-factor', (c) => {
    const { account } = c.var
    if (account === undefined) return c.redirect('/sign-in', 303)
    // A session alone must not move the second factor to another phone.
    if (account.phone) return c.redirect('/account', 303)
    const country = countryOf(c.req.header('accept-language'))
    return show(c, twoFactorPage({ attempt: newAttempt(), ...(country && { country }) }))
  })

  demo.post('/two-factor', async (c) => {
    const { account } = c.var
    if (account === undefined) return c.redirect('/sign-in', 303)
    if (account.phone) return c.redirect('/account', 303)
    const field = await readForm(c)
    const [country, phone] = [field('country'), field('phone')]
    const again = (problem: Pick<TwoFactorForm, 'phoneProblem' | 'notice'>) =>
      twoFactorPage({ attempt: newAttempt(), country, phone, ...problem })
    const refuse = ({ sentence, status }: WhyNoCode) => show(c, again({ notice: sentence }), status)

    const may = await limits.mayEnrol(account.id)
    if (may.outcome === 'refused') return refuse(noCodeToNumber)
    const started = await startCode(deps, {
      userId: account.id,
      phone,
      country,
      purpose: 'enrolment',
      clientIp: clientAddress(c),
      attempt: toAttempt(field('attempt')),
    })
    if (started.outcome === 'phone-invalid') {
      return show(c, again({ phoneProblem: 'This is no phone number of that country. Check both.' }), 422)
    }
    if (started.outcome !== 'started') return refuse(whyNoCodeToNumber(started))
    sessions.awaitCode(c, started.pending)
    return c.redirect('/code', 303)
  })
}
