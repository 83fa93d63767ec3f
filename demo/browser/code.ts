/**
 * The page where the code is entered. It talks to Postern itself, with the token of this one login, follows what
 * happens to the login, and hands the proof to its own server, which alone decides whether the user is in.
 */
import { PosternError } from '../../client/errors.ts'
import { createPosternClient } from '../../client/postern.ts'
import type { Channel, LoginEvent, ProvenLogin } from '../../client/types.ts'
import { createClock } from './countdown.ts'
import { readGiven } from './page.ts'
import { attempts, endings, newsOf, notChecked, refusalOf, wrongCode, type EndingName } from './sentences.ts'
import { cameAtOnce, isCode, toCode } from './typed-code.ts'
import { handOver } from './verdict.ts'
import { createView, type Waits } from './view.ts'
import { receiveCode } from './web-otp.ts'

/**
 * `asking`: Postern has it, and its answer is to come. `queued`: the answer was that the check takes long; the events
 * tell. `unknown`: no answer came. Until there is a verdict the key stays the same, so that the code is judged once.
 */
type Submission = { readonly code: string; readonly key: string; state: 'asking' | 'queued' | 'unknown' }
type Judged = Extract<LoginEvent, { type: 'login.code_rejected' | 'login.check_failed' }>

const given = readGiven()
const { loginId, codeLength } = given
const client = createPosternClient({ baseUrl: given.posternUrl, clientToken: given.clientToken })
const now = createClock(given.now)
const view = createView()
const leaving = new AbortController()
let listening = new AbortController()

let waits: Waits = { resendAfter: null, expiresAt: null, resendsLeft: 0 }
let attemptsLeft = Infinity
let submission: Submission | undefined
let isResending = false
let isVerified = false
let isOver = false

view.form.addEventListener('submit', (event) => {
  event.preventDefault()
  void submit(toCode(view.input.value))
})
view.input.addEventListener('input', (event) => {
  const code = toCode(view.input.value)
  if (cameAtOnce(event) && isCode(code, codeLength)) enter(code)
})
view.resend.addEventListener('click', () => void resend('sms'))
view.call.addEventListener('click', () => void resend('call'))
addEventListener('pagehide', () => leaving.abort())
// A page that comes back from the browser's memory has missed what happened.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload()
})
const ticking = setInterval(showWaits, 500)
view.setChecking(false)
void listen()
void follow()

/** Takes in all that happens to the login, whoever does it; comes back after every break. */
async function follow(): Promise<void> {
  let since = {}
  while (!isOver) {
    try {
      for await (const event of client.follow(loginId, { ...since, signal: leaving.signal })) {
        since = { lastEventId: event.id }
        take(event)
      }
      return
    } catch (error) {
      if (leaving.signal.aborted) return
      if (error instanceof PosternError && error.status < 500 && error.status !== 429) {
        end('gone')
        return
      }
      view.say('The connection broke off. You can enter your code all the same.')
    }
  }
}

function take(event: LoginEvent): void {
  switch (event.type) {
    case 'login.verified':
      isVerified = true
      // The answer to what is being asked brings the proof; to what was asked before, asking again does.
      if (submission === undefined) end('verified-elsewhere')
      else if (submission.state !== 'asking') void ask(submission)
      return
    case 'login.failed':
      end(event.data.reason === 'too_many_attempts' ? 'too-many-attempts' : 'failed')
      return
    case 'login.expired':
      end('expired')
      return
    case 'login.canceled':
      end('canceled')
      return
    case 'login.superseded':
      end('superseded')
      return
    case 'login.code_rejected':
    case 'login.check_failed':
      takeJudged(event)
      return
    default:
      takeSending(event)
  }
}

function takeSending(event: Exclude<LoginEvent, Judged>): void {
  const news = newsOf(event, waits.expiresAt !== null)
  if (event.type === 'login.started') attemptsLeft = event.data.attemptsLeft
  if (event.type === 'login.code_sent') view.showChannel(event.data.channel)
  if (event.type !== 'login.delivered') waits = { ...waits, ...event.data }
  if (news !== undefined && submission?.state !== 'asking') view.say(news)
  showWaits()
}

/** A code of this page, whose answer says so too unless it was late, or one that was entered elsewhere. */
function takeJudged(event: Judged): void {
  const isNews = event.data.attemptsLeft < attemptsLeft
  attemptsLeft = Math.min(attemptsLeft, event.data.attemptsLeft)
  if (submission?.state === 'queued') {
    reopen(event.type === 'login.check_failed' ? notChecked : wrongCode(attemptsLeft))
  } else if (isNews && submission?.state !== 'asking') {
    // What happened before this page was opened is no news of another's.
    view.say(event.at < given.now ? attempts(attemptsLeft) : (newsOf(event, true) ?? attempts(attemptsLeft)))
  }
}

function enter(code: string): void {
  view.input.value = code
  view.form.requestSubmit()
}

async function submit(code: string): Promise<void> {
  if (isOver || submission?.state === 'asking' || submission?.state === 'queued') return
  if (!isCode(code, codeLength)) {
    view.showError(`Enter the ${codeLength} digits of the code.`)
    return
  }
  listening.abort()
  await ask({ code, key: submission?.code === code ? submission.key : newKey(), state: 'asking' })
}

async function ask({ code, key }: Submission): Promise<void> {
  submission = { code, key, state: 'asking' }
  view.clearError()
  view.say('Checking the code…')
  view.setChecking(true)
  try {
    await takeAnswer(await client.submit(loginId, code, { idempotencyKey: key, signal: leaving.signal }))
  } catch (error) {
    if (!leaving.signal.aborted) takeRefusal(error, { code, key, state: 'unknown' })
  }
}

async function takeAnswer({ status, assertion }: ProvenLogin): Promise<void> {
  if (status !== 'verified') {
    if (submission !== undefined) submission.state = 'queued'
    return
  }
  // The proof was good for two minutes.
  if (assertion === undefined) {
    end('verified-elsewhere')
    return
  }
  const next = await handOver(assertion, leaving.signal)
  if (next === undefined) end('refused')
  else location.assign(next)
}

function takeRefusal(error: unknown, asked: Submission): void {
  const problem = error instanceof PosternError ? error.problem : undefined
  switch (problem?.code) {
    case 'code-incorrect':
      attemptsLeft = Math.min(attemptsLeft, problem.attemptsLeft ?? attemptsLeft)
      if (attemptsLeft === 0) end('too-many-attempts')
      else if (isVerified) end('verified-elsewhere')
      else reopen(wrongCode(attemptsLeft))
      return
    case 'login-expired':
      end('expired')
      return
    case 'login-closed':
      end(toEndingName(problem.loginStatus, problem.reason))
      return
    case 'not-found':
    case 'unauthorized':
      end('gone')
      return
    case 'code-check-unavailable':
    case 'too-many-requests':
    case 'invalid-request':
      reopen(refusalOf(error))
      return
    default:
      reopen(refusalOf(error))
      submission = asked
  }
}

function toEndingName(status: string | undefined, reason: string | undefined): EndingName {
  if (status === 'verified') return 'verified-elsewhere'
  if (status === 'superseded' || status === 'canceled') return status
  return reason === 'too_many_attempts' ? 'too-many-attempts' : 'failed'
}

/** The form takes a code again. */
function reopen(error: string): void {
  submission = undefined
  if (isOver) return
  view.setChecking(false)
  view.showError(error)
}

async function resend(channel: Channel): Promise<void> {
  isResending = true
  showWaits()
  view.clearError()
  view.input.focus()
  void listen()
  try {
    const login = await client.resend(loginId, { channel, signal: leaving.signal })
    waits = login
  } catch (error) {
    if (!leaving.signal.aborted && !isOver) view.say(refusalOf(error))
  } finally {
    isResending = false
    showWaits()
  }
}

async function listen(): Promise<void> {
  listening.abort()
  listening = new AbortController()
  const code = toCode((await receiveCode(AbortSignal.any([listening.signal, leaving.signal]))) ?? '')
  if (isCode(code, codeLength)) enter(code)
}

function showWaits(): void {
  if (!isOver) view.showWaits(waits, now(), isResending)
}

function end(name: EndingName): void {
  if (isOver) return
  isOver = true
  clearInterval(ticking)
  listening.abort()
  view.end(endings(given.purpose)[name])
}

/** Not `randomUUID`, which browsers have on secure pages only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
