import { html } from 'hono/html'
import { passwordLength } from '../passwords.ts'
import { alert, described, fieldError } from './field.ts'
import type { Page } from './layout.ts'

export type SignUpProblems = { readonly name?: string; readonly password?: string }

export type SignUpForm = {
  /** As it was typed. */
  readonly name?: string
  /** At their fields. */
  readonly problems?: SignUpProblems
  /** What is wrong with neither. */
  readonly notice?: string
}

/** A password is never written back into a page. */
export function signUpPage({ name = '', problems = {}, notice }: SignUpForm = {}): Page {
  const { least, most } = passwordLength
  return {
    title: 'Create an account',
    body: html`
      <h1>Create an account</h1>
      ${alert(notice ?? summaryOf(problems))}
      <form method="post" action="/sign-up" novalidate>
        <label for="name">User name</label>
        <input
          id="name"
          name="name"
          value="${name}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          ${described('name', problems.name)}
        />
        ${fieldError('name', problems.name)}
        <p class="help" id="name-help">3 to 30 letters, digits, dots, dashes or underscores.</p>

        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="new-password"
          required
          ${described('password', problems.password)}
        />
        ${fieldError('password', problems.password)}
        <p class="help" id="password-help">
          ${least} to ${most} characters, any you like. A few words in a row are easy to remember.
        </p>

        <button>Create the account</button>
      </form>
      <p>You have an account? <a href="/sign-in">Sign in</a></p>
    `,
  }
}

function summaryOf(problems: SignUpProblems): string | undefined {
  const fields = [problems.name && 'the user name', problems.password && 'the password'].filter(Boolean)
  return fields.length === 0 ? undefined : `Check ${fields.join(' and ')}.`
}
