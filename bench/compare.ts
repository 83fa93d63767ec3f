/** Both contenders at each level. */
import type { Contender } from './contender.ts'
import { readHistorySize } from './history-size.ts'
import { describeMachine } from './machine.ts'
import type { BenchOptions } from './options.ts'
import { createPhones } from './phones.ts'
import { toGoals, toPairs, toRatios, toSide, type Level, type Results } from './results.ts'
import { chooseLogins, planRounds, playRound, type Round } from './rounds.ts'
import type { Stage } from './stage.ts'

/** Histories that are looked at, of each round. */
const HISTORIES = 10

type Measured = { readonly contender: Contender; readonly rounds: Round[] }

export async function compare(
  stage: Stage,
  options: BenchOptions,
  report: (line: string) => void,
): Promise<Results> {
  const { warmUp, seed, hasReceipts, hasTraces } = options
  const { client, postern, skeleton } = stage
  if (skeleton === undefined) throw new Error('there is no skeleton to compare with')
  const machine = await describeMachine(client)
  const nextPhone = createPhones(seed)
  const play = (contender: Contender, count: number, atOnce: number) =>
    playRound(contender, Array.from({ length: count }, nextPhone), atOnce, stage.codes)
  const sideOf = async ({ rounds }: Measured) => {
    const seen = rounds.flatMap(({ workflowIds }) => workflowIds.slice(-HISTORIES))
    return toSide(rounds, await Promise.all(seen.map((id) => readHistorySize(client, id))))
  }

  const levels: Level[] = []
  for (const atOnce of options.levels) {
    for (const contender of [postern, skeleton]) await play(contender, warmUp, atOnce)
    const ours: Measured = { contender: postern, rounds: [] }
    const bare: Measured = { contender: skeleton, rounds: [] }
    const logins = options.logins ?? chooseLogins(atOnce)
    for (const [index, count] of planRounds(logins, atOnce).entries()) {
      const pair = index % 2 === 0 ? [ours, bare] : [bare, ours]
      for (const { contender, rounds } of pair) {
        const round = await play(contender, count, atOnce)
        rounds.push(round)
        const perSecond = (round.startMs.length / round.seconds).toFixed(1)
        report(`${atOnce} at once, ${contender.name}: ${count} logins, ${perSecond} a second`)
      }
    }
    const pairs = toPairs(ours.rounds, bare.rounds)
    levels.push({ atOnce, pairs, postern: await sideOf(ours), skeleton: await sideOf(bare) })
  }
  return {
    at: new Date().toISOString(),
    machine,
    options: { warmUp, seed },
    hasReceipts,
    hasTraces,
    levels: levels.map((level) => ({ ...level, ratios: toRatios(level) })),
    goals: toGoals(levels),
  }
}
