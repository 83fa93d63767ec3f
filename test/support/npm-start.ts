/** `npm start` as a person runs it, in a working copy of its own, so that `.postern/` is the copy's and not theirs. */
import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isOccupied } from '../../platform/dev-server/ports.ts'

export type WorkingCopy = {
  readonly folder: string
  readonly remove: () => Promise<void>
}

export type Started = {
  /** All that was written so far, both streams. */
  readonly output: () => string
  /** Resolves when the text was written; rejects when npm ends or `limitMs` (default 60 000) is over before that. */
  readonly shows: (text: string, limitMs?: number) => Promise<void>
  /** To npm, as `kill` at its pid does, or to our own process below it. */
  readonly terminate: (whom: 'npm' | 'postern') => Promise<void>
  /** npm's own end. */
  readonly ended: Promise<Ended>
  /** Every process that this start has brought, npm included, and that still lives after `limitMs`: a line each. */
  readonly leftovers: (limitMs?: number) => Promise<readonly string[]>
}

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

type Process = { readonly pid: number; readonly args: readonly string[] }

const root = resolve(import.meta.dirname, '../..')
const notCopied = new Set(['node_modules', '.git', '.postern', '.env', '.vitest', 'dist', 'coverage', 'test'])

/** What `git clone` and `npm ci` leave: our files, and the packages by a link. */
export async function makeWorkingCopy(): Promise<WorkingCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-npm-start-'))
  for (const name of await readdir(root)) {
    if (!notCopied.has(name)) await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** A port that stays free for the seconds until it is used: below those that systems hand out by themselves. */
export async function quietPort(): Promise<number> {
  const port = randomInt(20_000, 32_000)
  return (await isOccupied(port)) ? quietPort() : port
}

/** Runs `npm start` with nothing of our environment but what finds programs, and `env`. */
export function npmStart({ folder }: WorkingCopy, env: Readonly<Record<string, string>>): Started {
  const { PATH, HOME, XDG_CACHE_HOME } = process.env
  const found = Object.entries({ PATH, HOME, XDG_CACHE_HOME }).filter(([, value]) => value !== undefined)
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { ...Object.fromEntries(found), ...env, POSTERN_TEST_START: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => (output += part.toString()))
  }
  let hasEnded = false
  const ended = new Promise<Ended>((done) => {
    child.once('exit', (code, signal) => {
      hasEnded = true
      done({ code, signal })
    })
  })
  const living = () => processesWith(`POSTERN_TEST_START=${folder}`)

  return {
    output: () => output,
    async shows(text, limitMs = 60_000) {
      const until = Date.now() + limitMs
      while (!output.includes(text)) {
        if (hasEnded || Date.now() > until) throw new Error(`npm start did not say "${text}":\n${output}`)
        await sleep(50)
      }
    },
    async terminate(whom) {
      const isOurs = ({ args: [command = '', ...rest] }: Process) =>
        command.endsWith('node') && rest.includes('bin/dev.ts')
      const ours = whom === 'npm' ? child.pid : (await living()).find(isOurs)?.pid
      if (ours === undefined) throw new Error(`there is no ${whom} to end:\n${output}`)
      process.kill(ours, 'SIGTERM')
    },
    ended,
    async leftovers(limitMs = 20_000) {
      const until = Date.now() + limitMs
      let left = await living()
      while (left.length > 0 && Date.now() < until) {
        await sleep(100)
        left = await living()
      }
      return left.map(({ pid, args }) => `${pid} ${args.join(' ')}`)
    },
  }
}

/** By their environment, which they all inherit, whoever their parent is by now. */
async function processesWith(variable: string): Promise<readonly Process[]> {
  if (process.platform !== 'linux') {
    const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid=,command='])
    const lines = stdout.split('\n').filter((line) => line.includes(variable))
    return lines.map((line) => {
      const [pid, ...args] = line.trim().split(' ')
      return { pid: Number(pid), args }
    })
  }
  const read = async (pid: string, file: string) => {
    const text = await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
    return text.split('\0').filter((part) => part !== '')
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const environments = await Promise.all(pids.map((pid) => read(pid, 'environ')))
  const ours = pids.filter((_, index) => environments[index]?.includes(variable))
  return Promise.all(ours.map(async (pid) => ({ pid: Number(pid), args: await read(pid, 'cmdline') })))
}
