/** What the model believes of one number, and the real thing beside it. Times are milliseconds since the epoch. */
import { expect } from 'vitest'
import type { App, StartResult } from '../../api/gateway.ts'
import { isFinal, type Channel, type Login, type LoginStatus } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import { aPhone, type House } from '../support/house.ts'

export type Believed = {
  readonly id: string
  readonly owner: number
  readonly code: string
  status: LoginStatus
  attemptsLeft: number
  resendsLeft: number
  /** From the newest answer; the model does not know when a send ended any better. */
  expiresAt: number
  /** Of the newest message: by what it went out, and what receipts have said of it. */
  sentBy: Channel
  delivery: Login['delivery']
  /** What the login says that it went by; 8x8's own call moves it. */
  channel: Channel
  /** Whether a call was asked for in this login. */
  hasCalled: boolean
  /** Receipts by which anything was said, each once. */
  readonly receiptIds: Set<string>
}

export type Number_ = {
  readonly phone: Phone
  readonly logins: Believed[]
  /** Messages charged; a sequence is far shorter than the shortest window of FRD-2. */
  sends: number
  failures: number
  /** No send before, as the last answer said. */
  earliestSendAt: number
}

export type Model = { readonly numbers: readonly [Number_, Number_] }
/** `isAlone`: no other sequence uses the house at the same time. */
export type Real = { readonly house: House; readonly isAlone: boolean }

export const callers = ['acme', 'bell', 'corp'] as const
export const callerOf = (house: House, caller: number): App => ({
  ...house.app,
  name: callers[caller] ?? callers[0],
})

/** Clocks and network between us and the workflow: inside it the model takes either answer. */
const MARGIN_MS = 400
const MOST_SENDS = 3
const FREE_FAILURES = 5

export function newModel(): Model {
  const fresh = (): Number_ => ({ phone: aPhone(), logins: [], sends: 0, failures: 0, earliestSendAt: 0 })
  return { numbers: [fresh(), fresh()] }
}

export function live(number: Number_): Believed | undefined {
  const newest = number.logins.at(-1)
  return newest && !isFinal(newest.status) ? newest : undefined
}

/** What a send asked for now must be told; `either` when it is too close to call. */
export function sendVerdict(number: Number_): 'granted' | 'denied' | 'either' {
  if (number.sends >= MOST_SENDS) return 'denied'
  const early = number.earliestSendAt - Date.now()
  if (Math.abs(early) < MARGIN_MS) return 'either'
  return early > 0 ? 'denied' : 'granted'
}

export function startVerdict(number: Number_): 'granted' | 'denied' | 'either' {
  return number.failures >= FREE_FAILURES ? 'denied' : sendVerdict(number)
}

/** Waits until the interval is certainly over, so that a sequence is not all denials. */
export async function intervalOver(number: Number_): Promise<void> {
  const wait = number.earliestSendAt + MARGIN_MS + 1 - Date.now()
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
}

/** Takes what a start answered into the model. */
export function started(number: Number_, owner: number, result: StartResult, house: House): void {
  expect(result).toMatchObject({ outcome: 'started', login: { status: 'waiting_for_code', attemptsLeft: 5 } })
  if (result.outcome !== 'started') return
  const older = live(number)
  if (older) older.status = 'superseded'
  const { id, attemptsLeft, resendsLeft, status, expiresAt, resendAfter } = result.login
  const code = house.codeFor(number.phone)
  number.logins.push({
    ...{ id, owner, code, status, attemptsLeft, resendsLeft },
    expiresAt: at(expiresAt),
    sentBy: 'sms',
    delivery: 'sent',
    channel: 'sms',
    hasCalled: false,
    receiptIds: new Set(),
  })
  number.sends += 1
  number.earliestSendAt = at(resendAfter)
}

/** The real login must be what is believed; near its deadline it may be either. */
export async function agrees({ house }: Real, believed: Believed): Promise<void> {
  const owner = callerOf(house, believed.owner)
  const login = await patientRead(house, owner, believed.id)
  const toDeadline = believed.expiresAt - Date.now()
  if (!isFinal(believed.status) && toDeadline < MARGIN_MS && login.status === 'expired')
    believed.status = 'expired'
  const { status, attemptsLeft, resendsLeft, delivery, channel } = believed
  expect(login).toMatchObject({ status, attemptsLeft, resendsLeft, delivery, channel })
  // A timer of the development server is up to a second late.
  if (!isFinal(believed.status)) expect(toDeadline).toBeGreaterThan(-2500)
}

/** Past its deadline, before anything else is asked of it; then only `expired` is right. */
export async function settled(real: Real, number: Number_): Promise<void> {
  const login = live(number)
  if (!login || login.expiresAt - Date.now() > MARGIN_MS) return
  await expect
    .poll(async () => (await patientRead(real.house, callerOf(real.house, login.owner), login.id)).status)
    .toBe('expired')
  login.status = 'expired'
}

export const at = (iso: string | null) => Date.parse(iso ?? '')

/** A read is refused rather than guessed while a worker restarts. */
async function patientRead(house: House, app: App, id: string): Promise<Login> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const read = await house.gateway.read(app, id, 0)
    if (read.outcome === 'login') return read.login
    expect(read.outcome).toBe('unavailable')
  }
  throw new Error('no worker answered')
}
