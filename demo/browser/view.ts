/** What the user sees and touches: the only file that knows the page's elements. */
import { find } from './page.ts'
import { secondsUntil, toClockTime } from './countdown.ts'
import type { Ending } from './sentences.ts'

/** What is counted down to; Postern's own words. */
export type Waits = {
  readonly resendAfter: string | null
  readonly expiresAt: string | null
  readonly resendsLeft: number
}

export type View = ReturnType<typeof createView>

export function createView() {
  const input = find('code', HTMLInputElement)
  const form = find('form', HTMLFormElement)
  const submit = find('submit', HTMLButtonElement)
  const resend = find('resend', HTMLButtonElement)
  const call = find('call', HTMLButtonElement)
  const title = find('title', HTMLHeadingElement)
  const texts = {
    channel: find('channel', HTMLElement),
    status: find('status', HTMLElement),
    error: find('error', HTMLElement),
    expiry: find('expiry', HTMLElement),
    wait: find('wait', HTMLElement),
  }

  function write(name: keyof typeof texts, text: string): void {
    // The same text again would be read out again.
    if (texts[name].textContent !== text) texts[name].textContent = text
  }

  function showError(text: string): void {
    write('status', '')
    write('error', text)
    input.setAttribute('aria-invalid', 'true')
    input.focus()
    input.select()
  }

  return {
    input,
    form,
    resend,
    call,

    /** Something happened; screen readers are told when they are done with what they say. */
    say: (text: string) => write('status', text),

    /** Something is wrong with the code: it is said at the input, which gets the focus. */
    showError,

    clearError(): void {
      write('error', '')
      input.removeAttribute('aria-invalid')
    },

    showChannel: (channel: 'sms' | 'call') =>
      write('channel', channel === 'call' ? 'in a call' : 'as a text message'),

    /** While a code is checked the form keeps its place and the focus, and takes nothing. */
    setChecking(isChecking: boolean): void {
      form.ariaBusy = String(isChecking)
      input.readOnly = isChecking
      submit.disabled = false
      submit.ariaDisabled = String(isChecking)
      submit.textContent = isChecking ? 'Checking…' : 'Continue'
    },

    /** Written as time passes, and read out by nobody. */
    showWaits({ resendAfter, expiresAt, resendsLeft }: Waits, now: number, isResending: boolean): void {
      const untilResend = secondsUntil(resendAfter, now)
      const untilExpiry = secondsUntil(expiresAt, now)
      resend.disabled = call.disabled = isResending || untilResend !== 0 || resendsLeft === 0
      write('wait', toWaitText(untilResend, resendsLeft))
      write('expiry', untilExpiry === null ? '' : `The code is good for ${toClockTime(untilExpiry)}.`)
    },

    /** Nothing more can be entered: the form goes, and a way to begin again comes. */
    end(ending: Ending): void {
      find('open', HTMLElement).hidden = true
      find('lead', HTMLElement).hidden = true
      find('restart', HTMLFormElement).hidden = false
      title.textContent = ending.title
      document.title = document.title.replace(/^.*(?= – )/, ending.title)
      write('status', ending.text)
      title.focus()
    },
  }
}

function toWaitText(untilResend: number | null, resendsLeft: number): string {
  // Nothing was sent yet, or nothing is known yet.
  if (untilResend === null) return ''
  if (resendsLeft === 0) return 'It cannot be sent again. The newest one is good.'
  if (untilResend === 1) return 'You can have it sent again in 1\u00a0second.'
  if (untilResend > 1) return `You can have it sent again in ${untilResend}\u00a0seconds.`
  return resendsLeft === 1
    ? 'You can have it sent once more.'
    : `You can have it sent ${resendsLeft} more times.`
}
