/** Rounds of logins, those of both contenders in turn, so that whatever drifts on the machine hits both alike. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Codes } from './codes.ts'
import type { Contender } from './contender.ts'
import { readCpu, type CpuReading } from './usage.ts'

export type Round = {
  readonly seconds: number
  /** Milliseconds that the caller waited, a login that was verified each. */
  readonly startMs: readonly number[]
  readonly codeMs: readonly number[]
  /** CPU milliseconds of each process during the round. */
  readonly cpuMs: CpuReading
  /** Workflow ids of the logins that were verified. */
  readonly workflowIds: readonly string[]
  /** What went wrong with the others. */
  readonly failures: readonly string[]
}

/** What a login leaves to be done after its answer is still its own. */
const SETTLE_MS = 300

/** Plays a login for each phone, `atOnce` at a time: as soon as one is verified the next begins. */
export async function playRound(
  contender: Contender,
  phones: readonly string[],
  atOnce: number,
  codes: Codes,
): Promise<Round> {
  const startMs: number[] = []
  const codeMs: number[] = []
  const workflowIds: string[] = []
  const before = readCpu(contender.processes)
  const began = performance.now()
  const failures = await inParallel(phones, atOnce, async (phone) => {
    const asked = performance.now()
    const login = await contender.start(phone)
    const sent = performance.now()
    const code = codes.of(phone)
    const typed = performance.now()
    await login.submit(code)
    const verified = performance.now()
    startMs.push(sent - asked)
    codeMs.push(verified - typed)
    workflowIds.push(login.workflowId)
  })
  const seconds = (performance.now() - began) / 1000
  await sleep(SETTLE_MS)
  const cpuMs = difference(before, readCpu(contender.processes))
  return { seconds, startMs, codeMs, cpuMs, workflowIds, failures }
}

/** @returns what the work rejected with, in words */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<string[]> {
  const failures: string[] = []
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) {
      await work(item).catch((error: unknown) => failures.push(tell(error)))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return failures
}

const ROUNDS = 12
/** Logins of a round, each lane's: so many that the end of a round weighs little. */
const A_LANE = 4
const LEAST_LOGINS = 768

/** Enough for all rounds, however many at once. */
export function chooseLogins(atOnce: number): number {
  return Math.max(LEAST_LOGINS, ROUNDS * A_LANE * atOnce)
}

/** How many logins each round has: at least four a lane where there are so many, in twelve rounds at most. */
export function planRounds(logins: number, atOnce: number): number[] {
  const count = Math.min(ROUNDS, Math.max(1, Math.floor(logins / (A_LANE * atOnce))))
  return Array.from({ length: count }, (_, index) => Math.floor((logins + index) / count))
}

function difference(before: CpuReading, after: CpuReading): CpuReading {
  const parts = Object.entries(after) as [keyof CpuReading, number][]
  return Object.fromEntries(parts.map(([part, ms]) => [part, ms - (before[part] ?? 0)]))
}

function tell(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
