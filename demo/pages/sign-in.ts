import { html } from 'hono/html'
import { alert } from './field.ts'
import type { Page } from './layout.ts'

export type SignInForm = {
  /** Of this form: sent twice, it is one message. */
  readonly attempt: string
  /** As it was typed. */
  readonly name?: string
  /** What stands in the way. */
  readonly problem?: string
  /** It is about both fields together, since which of them is wrong is not told. */
  readonly isWrong?: boolean
}

export function signInPage({ attempt, name = '', problem, isWrong = false }: SignInForm): Page {
  const described = isWrong ? html`aria-invalid="true" aria-describedby="problem"` : ''
  return {
    title: 'Sign in',
    body: html`
      <h1>Sign in</h1>
      ${alert(problem)}
      <form method="post" action="/sign-in" novalidate>
        <input type="hidden" name="attempt" value="${attempt}" />
        <label for="name">User name</label>
        <input
          id="name"
          name="name"
          value="${name}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          ${described}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          ${described}
          ${isWrong ? 'autofocus' : ''}
        />
        <button>Sign in</button>
      </form>
      <p>You have no account? <a href="/sign-up">Create one</a></p>
    `,
  }
}
