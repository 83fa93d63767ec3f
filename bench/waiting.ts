/** `--waiting`: thousands of logins that wait for their code at once, on one worker, and then get it. */
import type { PartName, WaitingLogin } from './contender.ts'
import { describeMachine, type Machine } from './machine.ts'
import type { BenchOptions } from './options.ts'
import { createPhones } from './phones.ts'
import { inParallel, playRound } from './rounds.ts'
import type { Stage } from './stage.ts'
import { residentBytesOf } from './usage.ts'

export type WaitingResults = {
  /** ISO 8601. */
  readonly at: string
  readonly machine: Machine
  readonly seed: number
  readonly asked: number
  readonly atOnce: number
  readonly startSeconds: number
  readonly startFailures: readonly string[]
  /** Logins that waited for their code when the last one had been started. */
  readonly waited: number
  readonly verifySeconds: number
  readonly verifyFailures: readonly string[]
  readonly verified: number
  /** Their ten minutes were almost over when their turn came. */
  readonly leftOut: number
  readonly memory: readonly {
    readonly part: PartName
    readonly beforeBytes: number
    readonly afterBytes: number
    /** What came to it, by the logins that waited. */
    readonly bytesEach: number
  }[]
}

const AT_ONCE = 32
/** A login ends ten minutes after its code went out; a little before that no code is submitted any more. */
const USABLE_MS = 590_000

type Kept = { readonly login: WaitingLogin; readonly code: string; readonly startedAt: number }

export async function measureWaiting(
  stage: Stage,
  { waiting: asked = 0, warmUp, seed }: BenchOptions,
  report: (line: string) => void,
): Promise<WaitingResults> {
  const { client, postern, codes } = stage
  const machine = await describeMachine(client)
  const nextPhone = createPhones(seed)
  const phones = (count: number) => Array.from({ length: count }, nextPhone)
  // What any worker needs, however few logins it has, is not what a login costs.
  await playRound(postern, phones(warmUp), AT_ONCE, codes)
  const before = readMemory(stage)

  const kept: Kept[] = []
  const began = performance.now()
  const startFailures = await inParallel(phones(asked), AT_ONCE, async (phone) => {
    const startedAt = performance.now()
    const login = await postern.start(phone)
    kept.push({ login, code: codes.of(phone), startedAt })
    if (kept.length % 500 === 0) report(`${kept.length} of ${asked} logins wait`)
  })
  const startSeconds = (performance.now() - began) / 1000
  const isUsable = ({ startedAt }: Kept) => performance.now() - startedAt < USABLE_MS
  const waited = kept.filter(isUsable).length
  const after = readMemory(stage)

  const resumed = performance.now()
  let verified = 0
  let leftOut = 0
  const verifyFailures = await inParallel(kept, AT_ONCE, async (each) => {
    if (!isUsable(each)) {
      leftOut += 1
      return
    }
    await each.login.submit(each.code)
    verified += 1
    if (verified % 500 === 0) report(`${verified} of ${kept.length} logins are verified`)
  })
  return {
    at: new Date().toISOString(),
    machine,
    seed,
    asked,
    atOnce: AT_ONCE,
    startSeconds,
    startFailures,
    waited,
    verifySeconds: (performance.now() - resumed) / 1000,
    verifyFailures,
    verified,
    leftOut,
    memory: before.flatMap(({ part, bytes: beforeBytes }) => {
      const afterBytes = after.find((each) => each.part === part)?.bytes
      if (afterBytes === undefined) return []
      return [{ part, beforeBytes, afterBytes, bytesEach: (afterBytes - beforeBytes) / waited }]
    }),
  }
}

function readMemory({ postern }: Stage) {
  return postern.processes.flatMap(({ part, pid }) => {
    const bytes = residentBytesOf(pid)
    return bytes === undefined || part === 'bench' ? [] : [{ part, bytes }]
  })
}
