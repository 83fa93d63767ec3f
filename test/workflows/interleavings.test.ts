/** Two logins for one number, in every order, in every mode of 8x8's that a code could cross over in (BIND-1, trap 1). */
import { expect, test } from 'vitest'
import { isFinal } from '../../domain/login.ts'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'

type Step = 'start A' | 'start B' | 'submit A' | 'submit B'
type Typed = 'its own' | 'the other’s' | 'wrong'

const orders: readonly (readonly Step[])[] = [
  ['start A', 'submit A', 'start B', 'submit B'],
  ['start A', 'start B', 'submit A', 'submit B'],
  ['start A', 'start B', 'submit B', 'submit A'],
  ['start A', 'submit A', 'start B', 'submit B', 'submit A'],
  ['start A', 'start B', 'submit B', 'submit A', 'submit B'],
]
/** As many as two cores answer in good time. */
const AT_ONCE = 15
const typed: readonly Typed[] = ['its own', 'the other’s', 'wrong']

const modes: readonly [string, SandboxOptions][] = [
  ['as documented', {}],
  ['one session for ever', { sharedSession: true }],
  ['a reset keeps the session id', { resetGivesNewSessionId: false }],
  ['one session for ever, waiting again after verified', { sharedSession: true, afterVerified: 'waiting' }],
]

test.each(modes)(
  'BIND-1, RPL-1: in no order does a code typed into one login verify the other (%s)',
  async (_mode, sandbox) => {
    const house = await openHouse({ sandbox: { afterVerified: 'verified', ...sandbox } })
    const cases = orders.flatMap((order) => typed.flatMap((a) => typed.map((b) => ({ order, a, b }))))
    const seen = []
    for (let next = 0; next < cases.length; next += AT_ONCE) {
      const batch = cases.slice(next, next + AT_ONCE)
      seen.push(...(await Promise.all(batch.map(({ order, a, b }) => play(house, order, a, b)))))
    }
    expect(seen.flatMap(({ faults }) => faults)).toEqual([])
    // The plays are not vacuous: right codes do verify.
    expect(seen.filter(({ verified }) => verified > 0).length).toBeGreaterThan(cases.length / 3)
  },
)

/** Plays one order on a number of its own; what breaks the rule comes back as a fault. */
async function play(house: House, order: readonly Step[], typedIntoA: Typed, typedIntoB: Typed) {
  const phone = aPhone()
  const logins = new Map<'A' | 'B', { id: string; code: string }>()
  const faults: string[] = []
  let verified = 0
  for (const step of order) {
    const name = step.endsWith('A') ? 'A' : 'B'
    if (step.startsWith('start')) {
      logins.set(name, await startWhenAllowed(house, phone))
      continue
    }
    const own = logins.get(name)
    const other = logins.get(name === 'A' ? 'B' : 'A')
    const choice = name === 'A' ? typedIntoA : typedIntoB
    const code =
      choice === 'its own' ? own?.code : choice === 'the other’s' ? other?.code : house.wrongCodeFor(phone)
    if (own === undefined || code === undefined) continue
    const before = await house.read(own.id)
    const answer = await house.submit(own.id, code)
    const mayVerify = choice === 'its own' && !isFinal(before.status)
    if (answer.outcome === 'verified') verified += 1
    if ((answer.outcome === 'verified') !== mayVerify) {
      faults.push(`${order.join(', ')}: ${step} with ${choice}: ${answer.outcome} after ${before.status}`)
    }
  }
  return { faults, verified }
}

async function startWhenAllowed(house: House, phone: ReturnType<typeof aPhone>) {
  for (;;) {
    const result = await house.start(phone)
    if (result.outcome === 'started') return { id: result.login.id, code: house.codeFor(phone) }
    if (result.outcome !== 'denied') throw new Error(`a start was ${result.outcome}`)
    const wait = Math.max(10, (result.denial.retryAt ?? 0) - Date.now())
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
