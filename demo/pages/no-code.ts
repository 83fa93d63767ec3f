import { html } from 'hono/html'
import { alert } from './field.ts'
import type { Page } from './layout.ts'

/** No new code goes out now. The attempt itself goes on: it can be asked for again, or given up. */
export function noCodePage(sentence: string, attempt: string): Page {
  return {
    title: 'No new code',
    body: html`
      <h1>No new code</h1>
      ${alert(sentence)}
      <form method="post" action="/code/restart">
        <input type="hidden" name="attempt" value="${attempt}" />
        <button>Try again</button>
      </form>
      <form method="post" action="/code/cancel"><button class="link">Go back</button></form>
    `,
  }
}
