/** What `npm run bench --` takes. */
import { parseArgs } from 'node:util'

export const usage = `Usage: npm run bench -- [--logins N] [--levels 1,16,64] [--seed 1] [--json file]
       npm run bench -- --waiting 10000

Measures Postern beside a bare skeleton of the same Temporal steps, and writes the table to docs/bench.md.

  --logins    of each, at each level, after the warm-up. Default 768, and at least 48 a lane
  --levels    logins at once, with commas between. Default 1,16,64
  --warm-up   logins of each before each level, not counted. Default 128
  --waiting   so many logins that wait for their code at once, on one worker; all are verified then
  --receipts  the sandbox tells of each message's fate, as 8x8 does; of no use to the skeleton
  --traces    API and worker export every trace, to a collector in the bench's process that drops them
  --seed      of the numbers. Default 1
  --json      where all results go as JSON. Default: nowhere
  --page      where the table goes, between its markers. Default docs/bench.md
  --profile   a folder for CPU profiles of API and worker (node --cpu-prof). Default: none are made`

export type BenchOptions = {
  /** At each level; left out, as many as `chooseLogins` says. */
  readonly logins: number | undefined
  readonly levels: readonly number[]
  readonly warmUp: number
  readonly waiting: number | undefined
  readonly hasReceipts: boolean
  readonly hasTraces: boolean
  readonly seed: number
  readonly json: string | undefined
  readonly page: string | undefined
  readonly profile: string | undefined
}

/** @throws Error that says what an option takes */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      logins: { type: 'string' },
      levels: { type: 'string', default: '1,16,64' },
      'warm-up': { type: 'string', default: '128' },
      waiting: { type: 'string' },
      receipts: { type: 'boolean', default: false },
      traces: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      page: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  return {
    logins: values.logins === undefined ? undefined : whole('--logins', values.logins, 1),
    levels: values.levels.split(',').map((level) => whole('--levels', level.trim(), 1)),
    warmUp: whole('--warm-up', values['warm-up'], 0),
    waiting: values.waiting === undefined ? undefined : whole('--waiting', values.waiting, 1),
    hasReceipts: values.receipts,
    hasTraces: values.traces,
    seed: whole('--seed', values.seed, 0),
    json: values.json,
    page: values.page,
    profile: values.profile,
  }
}

function whole(name: string, text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1
  if (value < least) throw new Error(`${name} takes a whole number from ${least} on, not "${text}"`)
  return value
}
