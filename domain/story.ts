/**
 * A login told to an engineer: for the Temporal UI (Markdown) and for a terminal (plain text).
 *
 * Pure and without a clock. Nothing is told that the events do not hold, and no phone number: what an app or an
 * operator wrote is shown as they wrote it, but for anything that looks like one.
 */
import { BLOCKED, isOwnRefusal, NUMBER_TYPE } from './blocks.ts'
import { TIME_UP } from './effect-failures.ts'
import { isCallRefusal } from './ladder.ts'
import type { Channel, FailReason, Login, LoginEvent, LoginTerms } from './login.ts'

/** Times of a story are of day, in UTC: a login lasts ten minutes. */
const clock = (at: string) => at.slice(11, 19)

/** The cause of a message that nobody spoke of in time. */
const NO_RECEIPT = 'no_receipt'

/** The longest story told in the UI, in lines; the UI carries it in a URL, which proxies cut. */
const FIRST_LINES = 5
const LAST_LINES = 15

export const channelWords: Record<Channel, string> = { sms: 'SMS', call: 'Voice call' }

/** One event as one plain sentence, without its time and without a full stop. At most 200 characters. */
export function tellEvent(event: LoginEvent): string {
  switch (event.type) {
    case 'login.started': {
      const { phone, country, channel, brand, purpose, attemptsLeft, resendsLeft } = event.data
      const asked = `${purpose} asked for: ${channelWords[channel]} to ${masked(phone)} (${plain(country)})`
      return `${asked}, for ${plain(brand)}; ${count(attemptsLeft, 'attempt')}, ${count(resendsLeft, 'resend')}`
    }
    case 'login.code_sent': {
      const { channel, expiresAt, resendAfter, resendsLeft } = event.data
      const sent = `${channelWords[channel]} sent; the code expires ${clock(expiresAt)} UTC`
      if (resendsLeft === 0) return `${sent}, no resend is left`
      return `${sent}, a resend is possible from ${clock(resendAfter)} (${resendsLeft} left)`
    }
    case 'login.send_failed': {
      const { resendAfter, resendsLeft } = event.data
      const next = resendAfter === undefined ? '' : `, the next is possible from ${clock(resendAfter)}`
      return `${tellSendFailure(event.data)}; ${areLeft(resendsLeft, 'resend')}${next}`
    }
    case 'login.delivered':
      return `the receipt says: ${channelWords[event.data.channel]} delivered`
    case 'login.undelivered':
      return tellUndelivered(event.data)
    case 'login.code_rejected':
      return `a code was checked and is wrong; ${areLeft(event.data.attemptsLeft, 'attempt')}`
    case 'login.check_failed': {
      const { cause, spent, attemptsLeft } = event.data
      if (!spent)
        return `no code was checked (${plain(cause)}); the attempt is given back, ${attemptsLeft} left`
      const answer = noAnswer.has(cause) ? 'no answer' : 'no answer that counts'
      return `the check brought ${answer} (${plain(cause)}); the attempt is spent, ${attemptsLeft} left`
    }
    case 'login.verified':
      return 'a code was checked and is right: verified'
    case 'login.failed': {
      const { reason, cause } = event.data
      if (isOwnRefusal(cause)) return `failed: ${ownRefusals[cause]}`
      return `failed: ${failed[reason]}${cause === undefined ? '' : ` (${plain(cause)})`}`
    }
    case 'login.expired':
      return 'expired: the time for the code is over'
    case 'login.canceled':
      return 'canceled by the caller'
    case 'login.superseded':
      return 'superseded by a newer login for this number'
  }
}

/** The login and its story as Markdown for the UI's "current details"; at most 10 000 characters. */
export function tellLogin(login: Login, events: readonly LoginEvent[]): string {
  const { status, reason, phone, country, brand, purpose, channel, resendAfter, expiresAt } = login
  const resendFrom = resendAfter === null || login.resendsLeft === 0 ? '' : `, from ${clock(resendAfter)} UTC`
  const rows = [
    ['status', words(status) + (reason === undefined ? '' : `: ${words(reason)}`)],
    ['phone', markdown(`${masked(phone)} (${plain(country)})`)],
    ['for', markdown(`${plain(brand)}, ${purpose}`)],
    ['channel', channelWords[channel]],
    ['attempts left', String(login.attemptsLeft)],
    ['resends left', `${login.resendsLeft}${resendFrom}`],
    ['expires', expiresAt === null ? 'no code sent yet' : `${clock(expiresAt)} UTC`],
    ['delivery', login.delivery],
  ] as const
  return [...table(rows), '', `${login.createdAt.slice(0, 10)}, UTC:`, '', ...timeline(events)].join('\n')
}

/** What the UI says above the story of a login whose number is disabled. */
export const DISABLED_NOTE =
  '**This number is disabled**: too many checks in a row failed. No login starts for it, and this run stays open, ' +
  'until an operator clears it: `npm run number -- clear <phone> --why "…"`.'

/** What the UI says of an operator's clear between two logins, before it is there. */
export const CLEARING_AWAITED = 'Waits for an operator’s word that this number’s failures are forgiven.'

/** That clear as Markdown. `clearing` is what came with it: `by` and `why`, or from the Temporal CLI anything. */
export function tellClearing(clearing: unknown): string {
  const { by, why } = { by: undefined, why: undefined, ...(typeof clearing === 'object' ? clearing : {}) }
  const said = (text: unknown) => (typeof text === 'string' ? markdown(plain(text, 300)) : 'not said')
  const rows = [
    ['cleared by', said(by)],
    ['why', said(why)],
  ] as const
  return ['This number’s failures are forgiven.', '', ...table(rows)].join('\n')
}

/** What the UI shows from its start on of a run that only clears. */
export function tellClearingStart(previousRunId: string): string {
  const rows = [
    ['run', 'no login: an operator’s word between two logins of the number'],
    ['who and why', 'in the input, and in the update `clear`'],
    ['previous run', `\`${previousRunId}\``],
  ] as const
  return [...table(rows), '', 'Told in a terminal: `npm run number -- show <phone>`'].join('\n')
}

export type StartTerms = LoginTerms & { readonly app: string; readonly previousRunId: string | null }

/** What the UI shows of a run from its start on: one line of at most 200 bytes, and Markdown. */
export function tellStart(terms: StartTerms): { readonly summary: string; readonly details: string } {
  const { loginId, app, purpose, channel, maskedPhone, country, brand, previousRunId } = terms
  const short = `••${maskedPhone.slice(-2)}`
  // The UI reads the summary as Markdown too, but an entity a character would not fit into 200 bytes.
  const name = plain(brand, 30).replace(/[*_`<>[\]|\\$~&:]/g, ' ')
  return {
    summary: `${channelWords[channel]} to ${short}, ${country}, for ${name}: ${purpose}`,
    details: [
      ...table([
        ['login', `\`${loginId}\``],
        ['app', markdown(plain(app))],
        ['purpose', purpose],
        ['channel', channelWords[channel]],
        ['phone', markdown(`${masked(maskedPhone)} (${plain(country)})`)],
        ['previous run', previousRunId === null ? 'none' : `\`${previousRunId}\``],
      ]),
      '',
      `Told in a terminal: \`npm run login -- ${loginId}\``,
    ].join('\n'),
  }
}

function tellUndelivered(data: Extract<LoginEvent, { type: 'login.undelivered' }>['data']): string {
  const { channel, cause, next } = data
  const message = channelWords[channel]
  if (cause !== undefined && isCallRefusal(cause)) {
    return `${message} not delivered, and no voice call follows (${words(cause)})`
  }
  const why = cause === undefined ? '' : ` (${plain(cause)})`
  const told =
    cause === NO_RECEIPT
      ? `no receipt in time: ${message} taken for not delivered`
      : `the receipt says: ${message} not delivered${why}`
  return next === undefined ? told : `${told}; ${nextSteps[next]}`
}

const nextSteps = { call_offered: 'a voice call may be asked for', call_made: 'a voice call follows' }

function tellSendFailure(data: Extract<LoginEvent, { type: 'login.send_failed' }>['data']): string {
  const message = channelWords[data.channel]
  if (isOwnRefusal(data.cause)) return `${message} not sent: ${ownRefusals[data.cause]}`
  const cause = `(${plain(data.cause)})`
  switch (data.failure) {
    case 'phone':
      return `${message} not sent: 8x8 refuses the number ${cause}`
    case 'refused':
      return data.cause === 'contract'
        ? `${message} perhaps sent: the answer may not be believed ${cause}`
        : `${message} not sent: 8x8 refuses it ${cause}`
    case 'too_early':
      return `${message} not sent: 8x8 says that it is too early ${cause}`
    case 'not_done':
      return `${message} certainly not sent ${cause}`
    case 'unknown':
      return `${message} perhaps sent: ${noAnswer.has(data.cause) ? 'no answer' : 'no answer that counts'} ${cause}`
  }
}

const ownRefusals = {
  [BLOCKED]: 'an operator has stopped sending here',
  [NUMBER_TYPE]: 'no code goes to such a number by this channel',
}

const failed: Record<FailReason, string> = {
  too_many_attempts: 'no attempt is left',
  phone_refused: '8x8 refuses the number',
  provider_refused: '8x8 refuses what was asked of it',
  provider_unavailable: 'no code could be sent',
  operator: 'ended by an operator',
}

/** Causes of a call that nobody answered; the others had an answer, but not one to act on. */
const noAnswer = new Set(['timeout', 'reset', 'worker', TIME_UP])

function timeline(events: readonly LoginEvent[]): string[] {
  const lines = events.map((event) => `- ${clock(event.at)} ${markdown(tellEvent(event))}`)
  const left = events.slice(FIRST_LINES, -LAST_LINES)
  const [first, last] = [left.at(0), left.at(-1)]
  if (first === undefined || last === undefined) return lines
  const gap = `- ${clock(first.at)} to ${clock(last.at)}: ${left.length} more`
  return [...lines.slice(0, FIRST_LINES), gap, ...lines.slice(-LAST_LINES)]
}

/** The first row is the head: Markdown has no table without. The wide space parts cells that a UI sets without one. */
function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const lines = rows.map(([name, value]) => `| ${name} | \u2003${value} |`)
  return [...lines.slice(0, 1), '|---|---|', ...lines.slice(1)]
}

/** All that Markdown or HTML could take for more than text, as character references. */
function markdown(text: string): string {
  const special = /[!"#$%&*/<=>@[\\\]^_`{|}~]|(?<=[a-z]):(?=\S)/gi
  return text.replace(special, (character) => `&#${character.charCodeAt(0)};`)
}

/** Somebody else's text on one line: no control characters, nothing that turns the writing round, no long numbers. */
function plain(text: string, mostCharacters = 40): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, ' ')
  // ASCII alone: a class of all scripts' letters and digits takes V8 a tenth of a second to compile.
  const number = /\d(?:[\s().,/_-]{0,3}\d){6,}/g
  const characters = Array.from(line.replace(number, (digits) => digits.replace(/\d/g, '•')))
  const isLong = characters.length > mostCharacters
  return isLong ? `${characters.slice(0, mostCharacters).join('')}…` : characters.join('')
}

/** Masked already; twice does no harm. */
function masked(phone: string): string {
  return plain(phone.replace(/\d(?=.*\d.*\d)/gs, '•'))
}

const words = (code: string) => code.replaceAll('_', ' ')
const count = (left: number, what: string) => `${left} ${what}${left === 1 ? '' : 's'}`

function areLeft(left: number, what: string): string {
  if (left === 0) return `no ${what} is left`
  return `${count(left, what)} ${left === 1 ? 'is' : 'are'} left`
}
