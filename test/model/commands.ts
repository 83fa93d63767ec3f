/** What callers do, what they must be told, and what the model believes afterwards. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { isFinal, type Channel } from '../../domain/login.ts'
import { MOST_RECEIPTS } from '../../domain/receipt.ts'
import { receiptSignal, type ReceiptMessage } from '../../workflows/messages.ts'
import {
  agrees,
  at,
  callerOf,
  callers,
  intervalOver,
  live,
  sendVerdict,
  settled,
  started,
  startVerdict,
  type Believed,
  type Model,
  type Number_,
  type Real,
} from './world.ts'

type Command = fc.AsyncCommand<Model, Real>
type Said = ReceiptMessage['state']
type Typed = 'right' | 'wrong' | 'older' | 'other number’s'

/** One command on one number: `act`, and then every login of that number is compared. */
function command(
  name: string,
  which: number,
  act: (number: Number_, real: Real, model: Model) => Promise<void>,
): Command {
  return {
    check: () => true,
    async run(model, real) {
      const number = model.numbers[which] ?? model.numbers[0]
      await settled(real, number)
      await act(number, real, model)
      for (const login of number.logins) await agrees(real, login)
    },
    toString: () => `${name} [number ${which}]`,
  }
}

const start = (which: number, caller: number, patient: boolean): Command =>
  command(`start by ${caller}${patient ? ', patiently' : ''}`, which, async (number, { house }) => {
    if (patient) await intervalOver(number)
    const verdict = startVerdict(number)
    const result = await house.gateway.start(callerOf(house, caller), house.toStart(number.phone))
    if (result.outcome === 'denied') expect(verdict).not.toBe('granted')
    else {
      expect(verdict).not.toBe('denied')
      started(number, caller, result, house)
    }
  })

const enrol = (which: number, caller: number): Command =>
  command(`enrolment by ${caller}`, which, async (number, { house }) => {
    await intervalOver(number)
    const inTheWay = live(number) !== undefined || number.sends >= 3 || number.failures >= 5
    const request = house.toStart(number.phone, { purpose: 'enrolment' })
    if (!inTheWay) return
    const result = await house.gateway.start(callerOf(house, caller), request)
    expect(result.outcome).toBe('denied')
  })

const startsAtOnce = (which: number): Command =>
  command('starts by all three at once', which, async (number, { house }) => {
    await intervalOver(number)
    const verdict = startVerdict(number)
    const results = await Promise.all(
      callers.map((_, n) => house.openGateway().start(callerOf(house, n), house.toStart(number.phone))),
    )
    const winners = results.flatMap((result, caller) =>
      result.outcome === 'started' ? [{ result, caller }] : [],
    )
    expect(winners).toHaveLength(verdict === 'denied' ? 0 : 1)
    for (const { result, caller } of winners) started(number, caller, result, house)
  })

const submit = (which: number, caller: number, back: number, typed: Typed): Command =>
  command(
    `${caller} types the ${typed} code into login −${back}`,
    which,
    async (number, { house }, model) => {
      const login = number.logins.at(-1 - back)
      if (!login) return
      const code = codeOf(typed, number, login, model)
      const app = callerOf(house, caller)
      const result = await house.gateway.submitCode(app, login.id, { code, respondAsync: false })
      if (caller !== login.owner) {
        expect(result).toEqual({ outcome: 'not-found' })
        return
      }
      const outcome = isFinal(login.status) ? 'closed' : code === login.code ? 'verified' : 'incorrect'
      expect(result).toMatchObject({ outcome: 'answered', answer: { outcome } })
      judged(number, login, outcome)
    },
  )

const submitTwice = (which: number): Command =>
  command('the right code twice at once', which, async (number, { house }) => {
    const login = live(number)
    if (!login) return
    const app = callerOf(house, login.owner)
    const type = () =>
      house.openGateway().submitCode(app, login.id, { code: login.code, respondAsync: false })
    const results = await Promise.all([type(), type()])
    const outcomes = results.map((result) =>
      result.outcome === 'answered' ? result.answer.outcome : result.outcome,
    )
    // With one attempt left the second of two at once is one too many, and is not looked at.
    const loser = login.attemptsLeft === 1 && outcomes.includes('too-many') ? 'too-many' : 'closed'
    expect(outcomes.sort()).toEqual([loser, 'verified'].sort())
    judged(number, login, 'verified')
  })

const resend = (which: number, caller: number, channel: Channel, patient: boolean): Command =>
  command(
    `resend by ${channel} for ${caller}${patient ? ', patiently' : ''}`,
    which,
    async (number, { house }) => {
      const login = number.logins.at(-1)
      if (!login) return
      if (patient) await intervalOver(number)
      const verdict = sendVerdict(number)
      const result = await house.gateway.resend(callerOf(house, caller), login.id, { channel })
      if (caller !== login.owner) {
        expect(result).toEqual({ outcome: 'not-found' })
        return
      }
      if (result.outcome !== 'answered') throw new Error(`a resend was ${result.outcome}`)
      const { answer } = result
      if (isFinal(login.status)) expect(answer.outcome).toBe('closed')
      else if (login.resendsLeft === 0) expect(answer.outcome).toBe('exhausted')
      else if (answer.outcome === 'sent') {
        expect(verdict).not.toBe('denied')
        login.resendsLeft -= 1
        login.sentBy = login.channel = channel
        login.hasCalled ||= channel === 'call'
        login.delivery = 'sent'
        login.expiresAt = at(answer.login.expiresAt)
        number.sends += 1
        number.earliestSendAt = at(answer.login.resendAfter)
      } else {
        expect(['too_early', 'denied']).toContain(answer.outcome)
        expect(verdict).not.toBe('granted')
      }
    },
  )

const cancel = (which: number, caller: number): Command =>
  command(`cancel by ${caller}`, which, async (number, { house }) => {
    const login = number.logins.at(-1)
    if (!login) return
    const result = await house.gateway.cancel(callerOf(house, caller), login.id)
    if (caller !== login.owner) {
      expect(result).toEqual({ outcome: 'not-found' })
      return
    }
    if (!isFinal(login.status)) login.status = 'canceled'
    const outcome = login.status === 'canceled' ? 'canceled' : 'closed'
    expect(result).toMatchObject({ outcome: 'answered', answer: { outcome } })
  })

/** Of the newest login or the one before; said to whichever is newest, as 8x8's late receipts may be. */
const receipt = (which: number, back: number, channel: Channel, state: Said, receiptId: string): Command =>
  command(`receipt ${receiptId}: ${channel} of login −${back} ${state}`, which, async (number, { house }) => {
    const login = number.logins.at(-1 - back)
    if (!login) return
    const handle = house.client.workflow.getHandle(house.workflowId(number.phone))
    const isTaken = await handle.signal(receiptSignal, { loginId: login.id, receiptId, channel, state }).then(
      () => true,
      () => false,
    )
    // Only a run that has ended is deaf; a disabled number's login is final in one that has not.
    if (live(number)) expect(isTaken).toBe(true)
    if (login === live(number)) delivered(login, channel, state, receiptId)
  })

const pass = (which: number): Command => command('the interval passes', which, intervalOver)

const expire = (which: number): Command =>
  command('the deadline passes', which, async (number, real) => {
    const login = live(number)
    if (!login) return
    const wait = login.expiresAt - Date.now()
    // Only when it is near: resends may have moved it.
    if (wait > 7000) return
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)))
    await settled(real, number)
  })

const restartWorker = (): Command => ({
  check: () => true,
  async run(_model, { house, isAlone }) {
    // In the middle of another sequence's step it would be a lost answer, which the fault suite is about.
    if (isAlone) await house.restartWorker()
  },
  toString: () => 'another worker takes over',
})

function codeOf(typed: Typed, number: Number_, login: Believed, model: Model): string {
  const other = model.numbers.find((candidate) => candidate !== number)
  const wrong = String((Number(login.code) + 1) % 1_000_000).padStart(6, '0')
  switch (typed) {
    case 'right':
      return login.code
    case 'wrong':
      return wrong
    case 'older':
      return number.logins.at(-2)?.code ?? wrong
    case 'other number’s':
      return other?.logins.at(-1)?.code ?? wrong
  }
}

/** A receipt changes what is believed of the delivery, and nothing else. */
function delivered(login: Believed, channel: Channel, state: Said, receiptId: string): void {
  if (login.receiptIds.has(receiptId) || login.receiptIds.size >= MOST_RECEIPTS) return
  login.receiptIds.add(receiptId)
  if (state !== 'delivered' && state !== 'undelivered') return
  const isOfNewest = channel === login.sentBy || (channel === 'call' && !login.hasCalled)
  if (!isOfNewest || login.delivery === 'delivered' || login.delivery === state) return
  login.delivery = state
  login.channel = channel
}

function judged(number: Number_, login: Believed, outcome: 'closed' | 'verified' | 'incorrect'): void {
  if (outcome === 'verified') {
    login.status = 'verified'
    number.failures = 0
  }
  if (outcome !== 'incorrect') return
  login.attemptsLeft -= 1
  number.failures += 1
  if (login.attemptsLeft === 0) login.status = 'failed'
}

const which = fc.nat({ max: 1 })
const caller = fc.nat({ max: 2 })
const mostly = fc.oneof(
  { arbitrary: fc.constant(true), weight: 3 },
  { arbitrary: fc.constant(false), weight: 1 },
)
const channel = fc.constantFrom<Channel>('sms', 'call')
const typed = fc.constantFrom<Typed>('right', 'wrong', 'wrong', 'older', 'other number’s')

const said = fc.constantFrom<Said>('delivered', 'undelivered', 'undelivered', 'sent', 'unknown')
/** Few, so that some come again. */
const receiptId = fc.constantFrom('r1', 'r2', 'r3', 'r4')

/** The first caller does most, so that most sequences get somewhere. */
const owner = fc.oneof({ arbitrary: fc.constant(0), weight: 4 }, { arbitrary: caller, weight: 1 })

export const commands = fc.commands(
  [
    fc.tuple(which, owner, mostly).map((args) => start(...args)),
    fc.tuple(which, owner, fc.constantFrom(0, 0, 0, 1), typed).map((args) => submit(...args)),
    fc.tuple(which, owner, fc.constantFrom(0, 0, 0, 1), typed).map((args) => submit(...args)),
    fc.tuple(which, owner, channel, mostly).map((args) => resend(...args)),
    fc.tuple(which, owner).map((args) => cancel(...args)),
    fc.tuple(which, fc.constantFrom(0, 0, 0, 1), channel, said, receiptId).map((args) => receipt(...args)),
    fc.tuple(which, caller).map((args) => enrol(...args)),
    which.map(startsAtOnce),
    which.map(submitTwice),
    which.map(pass),
    which.map(expire),
    fc.constant(undefined).map(restartWorker),
  ],
  { maxCommands: 14, size: 'max' },
)
