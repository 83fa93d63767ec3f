import { html } from 'hono/html'
import type { Page } from './layout.ts'

/** What the product is, for who is not signed in. */
export function homePage(): Page {
  return {
    title: 'Welcome',
    body: html`
      <h1>Welcome to Amazing Product</h1>
      <p>
        It does one thing: it lets you in. Create an account with a user name and a password, turn on
        two-factor login with your phone, and sign in with a code.
      </p>
      <div class="choices">
        <a class="button" href="/sign-up">Create an account</a>
        <a class="button second" href="/sign-in">Sign in</a>
      </div>
    `,
  }
}
