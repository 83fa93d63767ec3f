/** What the measured costs of a login come to, at rates that were not measured. Nothing here is measured anew. */
import type { Results, Side } from './results.ts'
import { toTable } from './table.ts'

/** Logins a second. The last one is 86 million a day. */
const RATES = [1, 10, 100, 1000] as const
const DAY_SECONDS = 86_400
/** The least that production accepts, since a number is remembered for as long as its last run is. */
const RETENTION_DAYS = 30

/** Of Temporal Cloud, in US dollars and by its own page (https://docs.temporal.io/cloud/pricing), as of 2026. */
const cloud = {
  actionDear: 50 / 1e6,
  actionCheap: 25 / 1e6,
  retainedGbHour: 0.00105,
  /** Of a namespace, before anything is asked for (https://docs.temporal.io/cloud/limits). */
  actionsPerSecond: 500,
} as const

/** @returns `undefined` when the run could not measure CPU, and so nothing is to be concluded */
export function toScale({
  at,
  machine,
  levels,
}: Pick<Results, 'at' | 'machine' | 'levels'>): string | undefined {
  const [level] = [...levels].sort((a, b) => b.atOnce - a.atOnce)
  const cpu = level && cpuOf(level.postern)
  if (level === undefined || cpu === undefined) return undefined
  const { postern } = level
  return `From the run of ${at.slice(0, 10)}, ${level.atOnce} at once ([what a login costs](bench.md#side-by-side)): ${postern.perSecond.toFixed(1)} logins a second on ${machine.cores} cores, which also carried the sandbox and the people.

${toTable(['a login', 'costs'], aLogin(postern, cpu))}

${toTable(['logins a second', 'cores: api', 'cores: workers', 'cores: server', 'history written', `kept ${RETENTION_DAYS} days`, 'Actions a second'], atRates(postern, cpu))}

A namespace of Temporal Cloud starts with ${cloud.actionsPerSecond} Actions a second: ${(cloud.actionsPerSecond / postern.actions).toFixed(0)} logins.

${toTable(['Temporal Cloud', 'US dollars'], inDollars(postern))}`
}

type Cpu = { readonly api: number; readonly worker: number; readonly server: number }

function cpuOf({ cpuMs: { api, worker, server } }: Side): Cpu | undefined {
  return api === undefined || worker === undefined || server === undefined
    ? undefined
    : { api, worker, server }
}

function aLogin({ events, historyBytes, actions }: Side, { api, worker, server }: Cpu): string[][] {
  const whole = api + worker + server
  return [
    ['CPU, API', `${api.toFixed(0)} ms`],
    ['CPU, worker', `${worker.toFixed(0)} ms`],
    ['CPU, Temporal server with its database', `${server.toFixed(0)} ms`],
    ['so one core that does all of it carries', `${(1000 / whole).toFixed(1)} logins a second`],
    ['history', `${events.mean.toFixed(0)} events, ${(historyBytes / 1024).toFixed(1)} KiB`],
    ['Actions of Temporal Cloud', actions.toFixed(0)],
  ]
}

function atRates({ historyBytes, actions }: Side, { api, worker, server }: Cpu): string[][] {
  return RATES.map((rate) => [
    String(rate),
    ...[api, worker, server].map((ms) => cores((rate * ms) / 1000)),
    size(rate * historyBytes) + '/s',
    size(rate * historyBytes * DAY_SECONDS * RETENTION_DAYS),
    (rate * actions).toFixed(0),
  ])
}

function inDollars({ historyBytes, actions }: Side): string[][] {
  const kept = (historyBytes / 1e9) * RETENTION_DAYS * 24 * cloud.retainedGbHour
  const thousand = (dollars: number) => (dollars * 1000).toFixed(2)
  return [
    [
      'Actions of a thousand logins',
      `${thousand(actions * cloud.actionCheap)} to ${thousand(actions * cloud.actionDear)}`,
    ],
    [`their histories, kept ${RETENTION_DAYS} days`, thousand(kept)],
  ]
}

function cores(value: number): string {
  return value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 2 ** (10 * power)
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power] ?? 'B'}`
}
