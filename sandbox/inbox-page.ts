import { html } from 'hono/html'
import { inboxScript, inboxStyle } from './inbox-assets.ts'
import type { Message } from './inbox.ts'
import { magicNumbers } from './magic-numbers.ts'

/**
 * A phone on a screen; `phone` is the filter as typed, `nonce` what the page's own script and style are let in by.
 * In a frame of another page it is the phone alone.
 */
export function inboxPage({
  messages,
  phone,
  nonce,
  isFramed,
}: {
  readonly messages: readonly Message[]
  readonly phone: string
  readonly nonce: string
  readonly isFramed: boolean
}) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Inbox – 8x8 sandbox</title>
        <style nonce="${nonce}">
          ${inboxStyle}
        </style>
      </head>
      <body${isFramed ? html` class="framed"` : ''}>
        <main>
          <h1${isFramed ? html` class="hidden"` : ''}>Inbox</h1>
          ${isFramed ? '' : search(phone)}
          <section class="phone" role="log" aria-label="Messages">
            <ol id="messages" tabindex="0" data-newest="${messages[0]?.id ?? ''}">
              ${messages.length === 0 ? html`<li class="none">No messages yet.</li>` : messages.map(item)}
            </ol>
          </section>
          ${isFramed ? '' : misbehaving()}
        </main>
        <script nonce="${nonce}">
          ${inboxScript}
        </script>
      </body>
    </html>`
}

function search(phone: string) {
  return html`<p>Every text and call the 8x8 sandbox pretends to send. Nothing leaves this machine.</p>
    <form method="get" action="/inbox" role="search">
      <label for="phone">Phone number</label>
      <input id="phone" name="phone" type="search" inputmode="tel" placeholder="+65…" value="${phone}" />
      <button>Show</button>
    </form>`
}

function misbehaving() {
  return html`<details>
    <summary>Numbers that misbehave</summary>
    <dl>
      ${Object.values(magicNumbers).map(
        (number) =>
          html`<dt>${number.phone}</dt>
            <dd>${number.does}</dd>`,
      )}
    </dl>
  </details>`
}

function item(message: Message) {
  return html`<li>
    <article>
      <header>
        <strong>${message.channel === 'call' ? 'Call' : message.channel.toUpperCase()}</strong>
        <span>${message.phone}</span>
        <time datetime="${message.at}">${message.at.slice(11, 19)} UTC</time>
      </header>
      <p>${message.text}</p>
      <p class="code"><span class="hidden">Code: </span><code>${message.code}</code></p>
    </article>
  </li>`
}
