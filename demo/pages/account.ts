import { html } from 'hono/html'
import type { Account, ActivityLine } from '../store.ts'
import type { Page } from './layout.ts'
import { maskedNumber } from './masked-number.ts'

type Shown = {
  readonly account: Pick<Account, 'name' | 'phone'>
  /** Newest first. */
  readonly activity: readonly ActivityLine[]
}

export function accountPage({ account: { name, phone }, activity }: Shown): Page {
  return {
    title: 'Your account',
    body: html`
      <h1>Hello, ${name}</h1>
      <section aria-labelledby="two-factor">
        <h2 id="two-factor">Two-factor login</h2>
        ${
          phone === undefined
            ? html`<p>Off. Your password alone lets you in.</p>
                <p><a class="button" href="/two-factor">Turn on two-factor login</a></p>`
            : html`<p>On. Codes go to ${maskedNumber(phone.masked)}.</p>`
        }
      </section>
      <section aria-labelledby="activity">
        <h2 id="activity">Recent activity</h2>
        ${
          activity.length === 0
            ? html`<p class="soft">Nothing yet.</p>`
            : html`<ul>
                ${activity.map(({ at, text }) => html`<li>${text} <time datetime="${at}">${inUtc(at)}</time></li>`)}
              </ul>`
        }
      </section>
      <form method="post" action="/sign-out"><button class="second">Sign out</button></form>
    `,
  }
}

const format = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

const inUtc = (at: string) => `${format.format(new Date(at))} UTC`
