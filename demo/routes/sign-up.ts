import { randomUUID } from 'node:crypto'
import { clientAddress } from '../limits.ts'
import { signUpPage, type SignUpProblems } from '../pages/sign-up.ts'
import { passwordLength } from '../passwords.ts'
import type { Demo, RouteDeps } from './context.ts'
import { inWords, readForm } from './form.ts'
import { show } from './show.ts'

/** `GET` and `POST /sign-up`: an account, by user name and password. */
export function signUp(demo: Demo, { store, passwords, sessions, limits }: RouteDeps): void {
  demo.get('/sign-up', (c) => (c.var.account ? c.redirect('/account', 303) : show(c, signUpPage())))

  demo.post('/sign-up', async (c) => {
    const field = await readForm(c)
    const [written, password] = [field('name'), field('password')]
    const name = written.trim().toLowerCase()
    const answer = (problems: SignUpProblems) => show(c, signUpPage({ name: written, problems }), 422)

    const problems = findProblems(name, password)
    if (Object.keys(problems).length > 0) return answer(problems)

    // A name that is taken must be told, so nobody may ask for many.
    const may = await limits.maySignUp(clientAddress(c))
    if (may.outcome === 'refused') {
      c.header('Retry-After', String(may.seconds))
      const notice = `Too many accounts were asked for from your network. Try again in ${inWords(may.seconds)}.`
      return show(c, signUpPage({ name: written, notice }), 429)
    }

    const id = randomUUID()
    const isNew = store.accounts.add({ id, name, passwordHash: await passwords.hash(password) })
    if (!isNew) return answer({ name: 'This user name is taken. Choose another.' })
    sessions.signIn(c, id)
    return c.redirect('/account', 303)
  })
}

function findProblems(name: string, password: string): SignUpProblems {
  const { least, most } = passwordLength
  const isName = /^[a-z0-9._-]{3,30}$/.test(name)
  // Of code points, as NIST SP 800-63B-4, 3.1.1.2, counts.
  const { length } = Array.from(password)
  return {
    ...(isName ? {} : { name: 'Use 3 to 30 letters without accents, digits, dots, dashes or underscores.' }),
    ...(length < least ? { password: `Use at least ${least} characters.` } : {}),
    ...(length > most ? { password: `Use at most ${most} characters.` } : {}),
  }
}
