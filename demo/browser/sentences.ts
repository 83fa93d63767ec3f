/** What the page says of what has happened, in whole sentences. */
import { PosternError } from '../../client/errors.ts'
import type { LoginEvent } from '../../client/types.ts'

type Purpose = 'login' | 'enrolment'

/** How a login ended, for whoever waits in front of it. */
export type Ending = { readonly title: string; readonly text: string }
export type EndingName = keyof ReturnType<typeof endings>

/** What the newest event means to the user; nothing when there is nothing to say. */
export function newsOf(event: LoginEvent, isRepeat: boolean): string | undefined {
  switch (event.type) {
    case 'login.started':
      return 'Sending the code…'
    case 'login.code_sent':
      if (event.data.channel === 'call') return 'We are calling you now.'
      return isRepeat ? 'The code is on its way again.' : 'The code is on its way.'
    case 'login.delivered':
      return event.data.channel === 'call' ? 'The call has reached your phone.' : 'The message has arrived.'
    case 'login.undelivered':
      if (event.data.channel === 'call') return 'The call did not get through.'
      if (event.data.next === 'call_made') return 'The message could not be delivered. We will call you.'
      return 'The message could not be delivered. Choose “Call me instead”.'
    case 'login.send_failed':
      return isRepeat ? 'The code could not be sent again.' : 'This takes longer than usual. Still trying…'
    case 'login.code_rejected':
      return `A wrong code was entered elsewhere. ${attempts(event.data.attemptsLeft)}`
    default:
      return undefined
  }
}

export const wrongCode = (attemptsLeft: number) => `That code is wrong. ${attempts(attemptsLeft)}`
export const notChecked = 'Your code may not have been checked. Enter it again.'

export function attempts(left: number): string {
  return left === 1 ? 'You have 1 try left.' : `You have ${left} tries left.`
}

/** Why a code or a resend was not taken; the login goes on. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof PosternError)) return 'There was no answer. Try again.'
  const after = `Try again in ${error.retryAfterSeconds ?? 30} s.`
  switch (error.code) {
    case 'code-check-unavailable':
      return notChecked
    case 'resend-too-early':
      return `It is too early to send again. ${after}`
    case 'too-many-requests':
      return `That was too often. ${after}`
    case 'resends-exhausted':
      return 'This code cannot be sent again. It is still good until it expires.'
    case 'phone-invalid':
    case 'phone-not-allowed':
    case 'provider-refused':
      return 'The code cannot be sent to this number that way. Try the other.'
    case 'provider-unavailable':
      return 'The code could not be sent again. The one you have is still good.'
    case 'invalid-request':
      return 'This does not look like the code that we sent.'
    default:
      return 'Codes cannot be checked at this moment. Try again.'
  }
}

/** Of a failure the page says no more than Postern tells a stranger: not why no code went out. */
export function endings(purpose: Purpose) {
  const what = purpose === 'login' ? 'sign-in' : 'confirmation'
  return {
    'too-many-attempts': {
      title: 'Too many wrong codes',
      text: `This ${what} has ended, and its code with it. You can have a new one sent.`,
    },
    failed: {
      title: 'No code could be sent',
      text: 'No code can be sent to this number now. Check it, or try again later.',
    },
    expired: {
      title: 'The code has expired',
      text: 'A code is good for a few minutes only. You can have a new one sent.',
    },
    canceled: {
      title: `This ${what} was canceled`,
      text: 'It was ended elsewhere, perhaps in another tab. You can have a new code sent.',
    },
    superseded: {
      title: `A newer ${what} took over`,
      text:
        purpose === 'login'
          ? 'Only the newest code is good: go on where you signed in last. If that was not you, someone knows your password.'
          : 'Only the newest code is good: go on where you started last.',
    },
    'verified-elsewhere': {
      title: 'The code was entered elsewhere',
      text: 'Go on in the tab where you entered it, or have a new code sent to go on here.',
    },
    refused: {
      title: `This ${what} does not count`,
      text: 'Your phone is confirmed, but it does not belong to what you started here. Start again.',
    },
    gone: {
      title: `This ${what} is over`,
      text: 'We know nothing of it any more. You can have a new code sent.',
    },
  } as const satisfies Record<string, Ending>
}
