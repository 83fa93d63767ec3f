import { html } from 'hono/html'

/** Text that is HTML already, and is not escaped again. */
export type Html = ReturnType<typeof html>

export type Page = {
  /** Before the product's name. */
  readonly title: string
  /** The content of `<main>`, with the page's one `<h1>`. */
  readonly body: Html
  /** The name of who is signed in. */
  readonly user?: string
  /** In development: the phone that messages arrive on, and where their workflows are to be seen. */
  readonly development?: { readonly sandboxUrl: string; readonly workflowsUrl?: string }
}

/** What all pages have around them. */
export function layout({ title, body, user, development }: Page) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} – Amazing Product</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <header>
          <a class="skip" href="#main">Skip to the content</a>
          <a class="brand" href="/">Amazing Product</a>
          ${user === undefined ? '' : html`<nav aria-label="Account"><a href="/account">${user}</a></nav>`}
        </header>
        <main id="main" tabindex="-1">${body}</main>
        ${development === undefined ? '' : phone(development)}
      </body>
    </html>`
}

function phone({ sandboxUrl, workflowsUrl }: NonNullable<Page['development']>) {
  return html`<aside class="phone" aria-label="Phone of the sandbox">
    <iframe title="Messages on the phone" src="${sandboxUrl}/inbox"></iframe>
    ${
      workflowsUrl === undefined
        ? ''
        : html`<p>
            <a href="${workflowsUrl}" target="_blank" rel="noopener">The same login in the Temporal UI</a>
          </p>`
    }
  </aside>`
}
