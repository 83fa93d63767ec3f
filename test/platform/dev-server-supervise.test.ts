import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const bin = join(import.meta.dirname, '../../bin/dev')
// Half a dozen Node processes a test: slow on a busy machine.
vi.setConfig({ testTimeout: 30_000 })
let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-supervise-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A part that is ready at once and, asked to stop, notes its name in `order`. */
const obedient = (name: string) => `
  process.on('SIGTERM', () => { require('node:fs').appendFileSync('order', '${name} '); process.exit(0) })
  setInterval(() => undefined, 1000)
  console.log('ready, pid ' + process.pid)`
const deaf = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000)
  console.log('ready, pid ' + process.pid)`

/** Runs the supervisor as a process, over parts given as programs. */
async function supervising(programs: Readonly<Record<string, string>>, stopLimitMs = 15_000) {
  const file = join(directory, 'supervisor.ts')
  await writeFile(
    file,
    `import { supervise } from ${JSON.stringify(join(bin, 'supervise.ts'))}
     import { createOutput } from ${JSON.stringify(join(bin, 'output.ts'))}
     import { processPart } from ${JSON.stringify(join(bin, 'process-part.ts'))}
     const programs: Record<string, string> = ${JSON.stringify(programs)}
     const parts = Object.entries(programs).map(([name, program]) => processPart({ name, command: process.execPath,
       args: ['-e', program], cwd: ${JSON.stringify(directory)}, env: process.env, readyPrefix: 'ready' }))
     process.exitCode = await supervise(parts, { output: createOutput(Object.keys(programs)),
       whenUp: () => ['the links'], stopLimitMs: ${stopLimitMs} })`,
  )
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += part.toString()))
  const closed = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const shows = async (text: string) => {
    for (let tries = 0; !output.includes(text); tries += 1) {
      if (tries > 200) throw new Error(`no "${text}" in: ${output}`)
      await sleep(50)
    }
  }
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), closed, shows, output: () => output }
}

function pidsIn(output: string): readonly number[] {
  return [...output.matchAll(/ready, pid (\d+)/g)].map((match) => Number(match[1]))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('parts start in order and, asked to stop, stop in the opposite order', async () => {
  const names = ['temporal', 'sandbox', 'worker', 'api']
  const run = await supervising(Object.fromEntries(names.map((name) => [name, obedient(name)])))
  await run.shows('postern: everything is up\n')
  const started = run
    .output()
    .split('\n')
    .filter((line) => line.includes('ready, pid'))
  expect(started.map((line) => line.split(' ')[0])).toEqual(names)
  expect(run.output()).toMatch(/the links\npostern: everything is up\n$/)
  run.kill('SIGINT')
  expect(await run.closed).toBe(0)
  expect(await readFile(join(directory, 'order'), 'utf8')).toBe('api worker sandbox temporal ')
})

test('every line carries the name of its part, and no colour codes into a pipe', async () => {
  const run = await supervising({
    worker: `console.error('a warning'); ${obedient('worker')}`,
    api: `process.stdout.write('two\\nlines\\n'); ${obedient('api')}`,
  })
  await run.shows('everything is up')
  run.kill('SIGTERM')
  expect(await run.closed).toBe(0)
  const lines = run.output().split('\n')
  expect(lines).toEqual(expect.arrayContaining(['worker | a warning', 'api    | two', 'api    | lines']))
  expect(run.output()).not.toContain('\u001b')
})

test('a part that ends by itself is named, and the others are stopped', async () => {
  const run = await supervising({
    sandbox: obedient('sandbox'),
    worker: `console.log('ready'); setTimeout(() => process.exit(7), 300)`,
    api: obedient('api'),
  })
  expect(await run.closed).toBe(1)
  expect(run.output()).toContain('postern: worker ended by itself with status 7')
  expect(await readFile(join(directory, 'order'), 'utf8')).toMatch(/^(api )?sandbox $/)
})

test('a part that never gets ready ends the start', async () => {
  const run = await supervising({
    sandbox: obedient('sandbox'),
    worker: 'process.exit(3)',
    api: obedient('api'),
  })
  expect(await run.closed).toBe(1)
  expect(run.output()).toContain('postern: worker did not start: it ended with status 3 before it was ready')
  expect(run.output()).not.toMatch(/everything is up|api +\|/)
})

test('a signal during the start stops what has started', async () => {
  const run = await supervising({
    sandbox: obedient('sandbox'),
    worker: 'setInterval(() => undefined, 1000)',
  })
  await run.shows('sandbox | ready')
  run.kill('SIGINT')
  expect(await run.closed).toBe(0)
  expect(await readFile(join(directory, 'order'), 'utf8')).toBe('sandbox ')
})

test('a part that does not stop is killed when its time is over', async () => {
  const run = await supervising({ worker: deaf }, 400)
  await run.shows('everything is up')
  run.kill('SIGINT')
  expect(await run.closed).toBe(0)
  expect(run.output()).toContain('postern: worker ended with SIGKILL')
})

test('a second Ctrl-C kills at once; the one that npm passes on is not a second one', async () => {
  const run = await supervising({ worker: deaf, api: deaf })
  await run.shows('everything is up')
  run.kill('SIGINT')
  await sleep(50)
  run.kill('SIGINT')
  await sleep(700)
  expect(pidsIn(run.output()).map(isAlive)).toEqual([true, true])
  run.kill('SIGINT')
  expect(await run.closed).toBe(130)
  expect(pidsIn(run.output()).map(isAlive)).toEqual([false, false])
})

test('the parts do not outlive a supervisor that is killed', async () => {
  const run = await supervising({ worker: obedient('worker'), api: obedient('api') })
  await run.shows('everything is up')
  const pids = pidsIn(run.output())
  expect(pids.map(isAlive)).toEqual([true, true])
  run.kill('SIGKILL')
  for (let tries = 0; tries < 100 && pids.some(isAlive); tries += 1) await sleep(50)
  expect(pids.map(isAlive)).toEqual([false, false])
})
