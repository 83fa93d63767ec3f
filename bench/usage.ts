/** What processes have used, as Linux tells it in /proc. Elsewhere nothing is known, which is said. */
import { readFileSync } from 'node:fs'
import type { BenchProcess, PartName } from './contender.ts'

/** Of `utime` and `stime`: USER_HZ, which is 100 on every platform that Node runs on. */
const MS_A_TICK = 10

/** CPU milliseconds since each process began; a part that is not among them, or cannot be read, is left out. */
export type CpuReading = Partial<Record<PartName, number>>

export function readCpu(processes: readonly BenchProcess[]): CpuReading {
  const known = processes.flatMap(({ part, pid }) => {
    const ms = cpuMsOf(pid)
    return ms === undefined ? [] : [[part, ms] as const]
  })
  return Object.fromEntries(known)
}

/** Resident memory in bytes (VmRSS). */
export function residentBytesOf(pid: number): number | undefined {
  const status = readProc(`/proc/${pid}/status`)
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

/** User and system time of all threads. */
function cpuMsOf(pid: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`)
  return stat === undefined ? undefined : parseStat(stat)
}

/** proc(5): the name stands in brackets and may hold any character; `utime` and `stime` are fields 14 and 15. */
export function parseStat(stat: string): number | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [utime, stime] = [Number(fields[11]), Number(fields[12])]
  return Number.isNaN(utime + stime) ? undefined : (utime + stime) * MS_A_TICK
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
