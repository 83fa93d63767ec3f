import { html } from 'hono/html'
import type { Page } from './layout.ts'

/** A page that says one thing. */
export function notice(title: string, sentence: string): Page {
  return {
    title,
    body: html`
      <h1>${title}</h1>
      <p>${sentence}</p>
      <p><a href="/">To the first page</a></p>
    `,
  }
}
