/** What the page of `/code` shows; what it does is in demo/browser/code.ts. */
import { html, raw } from 'hono/html'
import { importMap } from '../modules.ts'
import { maskedNumber } from './masked-number.ts'

export type CodePage = {
  /** What the browser calls. */
  readonly posternUrl: string
  readonly loginId: string
  /** Good for this one login; it may be in a page, and not in an address. */
  readonly clientToken: string
  readonly purpose: 'login' | 'enrolment'
  /** Masked, as Postern's login has it. */
  readonly phone: string
  readonly channel: 'sms' | 'call'
  readonly codeLength: number
  /** Of the form that asks for a new code. */
  readonly attempt: string
  /** Of the page's Content-Security-Policy: an import map is a script without an address. */
  readonly cspNonce: string
}

/** The content of `<main>`. */
export function codePage({ phone, channel, codeLength, attempt, cspNonce, ...login }: CodePage) {
  // The browser's clock may be wrong; the page counts down by this one.
  const given = { ...login, codeLength, now: new Date().toISOString() }
  return html`
    <h1 id="title" tabindex="-1">Enter the code</h1>
    <p id="lead">
      It has ${codeLength} digits and goes to ${maskedNumber(phone)}
      <span id="channel">${channel === 'call' ? 'in a call' : 'as a text message'}</span>.
    </p>
    <p id="status" role="status"></p>
    <div id="open">
      <form id="form" method="post" novalidate>
        <label for="code">Code</label>
        <input
          id="code"
          name="code"
          class="code"
          inputmode="numeric"
          autocomplete="one-time-code"
          spellcheck="false"
          aria-describedby="error help"
          autofocus
        />
        <p id="error" class="error"></p>
        <p id="help" class="help">Spaces and dashes do not matter.</p>
        <button id="submit" disabled>Continue</button>
        <p id="expiry" class="help" role="timer" aria-live="off"></p>
      </form>
      <section aria-labelledby="again">
        <h2 id="again">No code?</h2>
        <p id="wait" class="help" role="timer" aria-live="off"></p>
        <div class="choices">
          <button id="resend" type="button" class="second" disabled>Send the code again</button>
          <button id="call" type="button" class="second" disabled>Call me instead</button>
        </div>
      </section>
    </div>
    <form id="restart" method="post" action="/code/restart" hidden>
      <input type="hidden" name="attempt" value="${attempt}" />
      <button>Send a new code</button>
    </form>
    <form method="post" action="/code/cancel">
      <button class="link">${login.purpose === 'login' ? 'Back to sign-in' : 'Use another number'}</button>
    </form>
    <noscript
      ><p class="error">This page needs JavaScript to send your code to where it is checked.</p></noscript
    >
    <script type="application/json" id="login">
      ${json(given)}
    </script>
    <script type="importmap" nonce="${cspNonce}">
      ${raw(importMap)}
    </script>
    <script type="module" src="/demo/browser/code.ts"></script>
  `
}

/** So written that nothing in it ends the script element. */
const json = (value: object) => raw(JSON.stringify(value).replaceAll('<', String.raw`\u003c`))
