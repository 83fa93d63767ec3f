/** From rounds to the numbers of a level, and to whether the goals are met. */
import type { ContenderName, PartName } from './contender.ts'
import type { HistorySize } from './history-size.ts'
import type { Machine } from './machine.ts'
import type { Round } from './rounds.ts'
import { mean, middleHalf, percentile, sum } from './statistics.ts'

export type Side = {
  readonly logins: number
  /** What went wrong with logins that were not verified; they are in no other number but `seconds`. */
  readonly failures: readonly string[]
  readonly seconds: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly start: { readonly p50: number; readonly p99: number }
  readonly code: { readonly p50: number; readonly p99: number }
  /** Milliseconds a login; a part that is none of this side's, or cannot be measured here, is left out. */
  readonly cpuMs: Partial<Record<PartName, number>>
  readonly events: { readonly mean: number; readonly most: number }
  readonly historyBytes: number
  /** Of Temporal Cloud, a login. */
  readonly actions: number
}

export type Level = {
  readonly atOnce: number
  /** Of each round and the other's round next to it: how far apart they are says what the ratios are worth. */
  readonly pairs: readonly Pair[]
} & Readonly<Record<ContenderName, Side>>

/** Postern's round by the skeleton's. */
export type Pair = Readonly<Record<'perSecond' | 'startP50' | 'codeP50', number>>

export type Results = {
  /** ISO 8601. */
  readonly at: string
  readonly machine: Machine
  readonly options: { readonly warmUp: number; readonly seed: number }
  readonly hasReceipts: boolean
  readonly hasTraces: boolean
  readonly levels: readonly (Level & { readonly ratios: Ratios })[]
  readonly goals: readonly Goal[]
}

/** Postern's by the skeleton's. */
export type Ratios = Pair & Readonly<Record<'startP99' | 'codeP99', number>>

export type Goal = {
  readonly goal: string
  /** `undefined`: this run did not measure it. */
  readonly isMet: boolean | undefined
  readonly measured: string
}

export function toSide(rounds: readonly Round[], histories: readonly HistorySize[]): Side {
  const startMs = rounds.flatMap((round) => round.startMs)
  const codeMs = rounds.flatMap((round) => round.codeMs)
  const seconds = sum(rounds.map((round) => round.seconds))
  const parts = Object.keys(rounds[0]?.cpuMs ?? {}) as PartName[]
  const ofPart = (part: PartName) => sum(rounds.map(({ cpuMs }) => cpuMs[part] ?? NaN)) / startMs.length
  const events = histories.map((history) => history.events)
  return {
    logins: startMs.length,
    failures: rounds.flatMap(({ failures }) => failures),
    seconds,
    perSecond: startMs.length / seconds,
    start: { p50: percentile(startMs, 50), p99: percentile(startMs, 99) },
    code: { p50: percentile(codeMs, 50), p99: percentile(codeMs, 99) },
    cpuMs: Object.fromEntries(parts.map((part) => [part, ofPart(part)])),
    events: { mean: mean(events), most: Math.max(...events) },
    historyBytes: mean(histories.map(({ bytes }) => bytes)),
    actions: mean(histories.map(({ actions }) => actions)),
  }
}

export function toPairs(ours: readonly Round[], bare: readonly Round[]): Pair[] {
  const rate = ({ startMs, seconds }: Round) => startMs.length / seconds
  return ours.flatMap((round, index) => {
    const other = bare[index]
    if (other === undefined) return []
    return {
      perSecond: rate(round) / rate(other),
      startP50: percentile(round.startMs, 50) / percentile(other.startMs, 50),
      codeP50: percentile(round.codeMs, 50) / percentile(other.codeMs, 50),
    }
  })
}

export function toRatios({ postern, skeleton }: Level): Ratios {
  return {
    perSecond: postern.perSecond / skeleton.perSecond,
    startP50: postern.start.p50 / skeleton.start.p50,
    startP99: postern.start.p99 / skeleton.start.p99,
    codeP50: postern.code.p50 / skeleton.code.p50,
    codeP99: postern.code.p99 / skeleton.code.p99,
  }
}

const LEAST_THROUGHPUT = 0.85
const MOST_DELAY = 1.3
const MOST_EVENTS = 30

/** The goals of issue 10 that a run of both contenders can tell of. */
export function toGoals(levels: readonly Level[]): Goal[] {
  const ratio = (goal: string, atOnce: number, name: keyof Pair, isMet: (value: number) => boolean): Goal => {
    const level = levels.find((each) => each.atOnce === atOnce)
    if (level === undefined) return { goal, isMet: undefined, measured: 'not measured' }
    const value = toRatios(level)[name]
    return {
      goal,
      isMet: isMet(value),
      measured: told(
        value,
        level.pairs.map((pair) => pair[name]),
      ),
    }
  }
  const isFast = (value: number) => value >= LEAST_THROUGHPUT
  const isSoon = (value: number) => value <= MOST_DELAY
  const atLeast = `at least ${LEAST_THROUGHPUT} of the skeleton's`
  const atMost = `at most ${MOST_DELAY} of the skeleton's`
  const most = Math.max(...levels.map(({ postern }) => postern.events.most))
  return [
    ratio(`logins a second at 16 at once: ${atLeast}`, 16, 'perSecond', isFast),
    ratio(`logins a second at 64 at once: ${atLeast}`, 64, 'perSecond', isFast),
    ratio(`p50 of a start, one at a time: ${atMost}`, 1, 'startP50', isSoon),
    ratio(`p50 of a code, one at a time: ${atMost}`, 1, 'codeP50', isSoon),
    { goal: `events a login: at most ${MOST_EVENTS}`, isMet: most <= MOST_EVENTS, measured: String(most) },
  ]
}

function told(ratio: number, pairs: readonly number[]): string {
  const half = middleHalf(pairs)?.map((value) => value.toFixed(2))
  return half === undefined ? ratio.toFixed(2) : `${ratio.toFixed(2)} (${half.join(' to ')})`
}
