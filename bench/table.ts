/** The results as a page shows them. */
import { tellMachine } from './machine.ts'
import { partNames } from './contender.ts'
import type { Goal, Ratios, Results, Side } from './results.ts'
import type { WaitingResults } from './waiting.ts'

const head = [
  ['at once', '', 'logins/s', 'start p50', 'start p99', 'code p50', 'code p99'],
  ...partNames.map((part) => [`CPU ${part}`]),
  ['events', 'bytes', 'actions'],
].flat()

export function toText({ at, machine, options, hasReceipts, hasTraces, levels, goals }: Results): string {
  const { warmUp, seed } = options
  const counts = levels.map(
    ({ atOnce, postern }) => `${postern.logins + postern.failures.length} at ${atOnce}`,
  )
  const failed = levels.flatMap(({ postern, skeleton }) => [...postern.failures, ...skeleton.failures])
  const rows = levels.flatMap(({ atOnce, postern, skeleton, ratios }) => [
    [String(atOnce), 'Postern', ...sideCells(postern)],
    ['', 'skeleton', ...sideCells(skeleton)],
    ['', 'ratio', ...ratioCells(ratios)],
  ])
  const isCpuKnown = levels.some(({ postern }) => Object.keys(postern.cpuMs).length > 0)
  return `${day(at)}, ${tellMachine(machine)}. Logins of each: ${counts.join(', ')} at once, after ${warmUp} to warm up; seed ${seed}; ${hasReceipts ? 'with' : 'without'} receipts, ${hasTraces ? 'with' : 'without'} traces.

${toTable(head, rows)}

Times in milliseconds; CPU in milliseconds a login${isCpuKnown ? '' : ', which cannot be measured on this system'}; \`bench\` is the sandbox and the clients of both. ${tellFailures(failed)}

${toTable(['goal', 'measured', 'met'], goals.map(goalCells))}

In brackets: the middle half of the ratios of one round to the other's round next to it.`
}

export function toWaitingText({ at, machine, atOnce, seed, ...it }: WaitingResults): string {
  const failed = [...it.startFailures, ...it.verifyFailures]
  const memory = it.memory.map(({ part, beforeBytes, afterBytes, bytesEach }) => [
    part,
    mib(beforeBytes),
    mib(afterBytes),
    `${(bytesEach / 1024).toFixed(1)} KiB`,
  ])
  const goal = {
    goal: '10,000 logins that wait at once on one worker, none failed',
    isMet: it.asked < 10_000 ? undefined : failed.length === 0,
    measured: `${it.waited} of ${it.asked} waited, ${it.verified} were verified`,
  }
  return `${day(at)}, ${tellMachine(machine)}. ${it.asked} logins started, ${atOnce} at once, in ${it.startSeconds.toFixed(0)} s; ${it.waited} waited for their code at the same time; ${it.verified} of these were then verified, in ${it.verifySeconds.toFixed(0)} s, and ${it.leftOut} were left out for lack of time; seed ${seed}. ${tellFailures(failed)}

${memory.length === 0 ? 'Memory cannot be measured on this system.' : toTable(['resident memory', 'before', 'while all waited', 'a login'], memory)}

${toTable(['goal', 'measured', 'met'], [goalCells(goal)])}`
}

function sideCells({ perSecond, start, code, cpuMs, events, historyBytes, actions }: Side): string[] {
  const times = [start.p50, start.p99, code.p50, code.p99].map(short)
  const cpu = partNames.map((part) => (cpuMs[part] === undefined ? '' : short(cpuMs[part])))
  return [perSecond.toFixed(1), ...times, ...cpu, short(events.mean), historyBytes.toFixed(0), short(actions)]
}

function ratioCells({ perSecond, startP50, startP99, codeP50, codeP99 }: Ratios): string[] {
  const known = [perSecond, startP50, startP99, codeP50, codeP99].map((ratio) => ratio.toFixed(2))
  return [...known, ...partNames.map(() => ''), '', '', '']
}

function goalCells({ goal, measured, isMet }: Goal): string[] {
  return [goal, measured, isMet === undefined ? 'not measured' : isMet ? 'met' : '**not met**']
}

/** The first few in full: more of them say no more. */
function tellFailures(failures: readonly string[]): string {
  if (failures.length === 0) return 'No login failed.'
  const kinds = [...new Set(failures)].slice(0, 3)
  return `**${failures.length} logins failed** (${kinds.join('; ')}).`
}

export function toTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, titles.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function short(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0)
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}

function day(at: string): string {
  return at.slice(0, 10)
}
