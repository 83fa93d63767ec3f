import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { cachedBinaryPath } from '../../platform/dev-server/binary.ts'
import { findBinary, TemporalNotFoundError } from '../../platform/dev-server/find-binary.ts'

const cli = "echo 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'"
/** Leaves a `temporal` where `go install` would, after a moment. */
const goThatBuilds = `/bin/sleep 0.6; printf '#!/bin/sh\\n%s\\n' "${cli}" > "$GOBIN/temporal"; /bin/chmod 755 "$GOBIN/temporal"; echo "$@" > "\${0%/*}/asked"`

vi.setConfig({ testTimeout: 30_000 })
let directory = ''
let env: NodeJS.ProcessEnv = {}
const reported: string[] = []
const report = (line: string) => void reported.push(line)

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'postern-find-'))
  reported.length = 0
  env = {
    PATH: join(directory, 'bin'),
    HOME: directory,
    XDG_CACHE_HOME: join(directory, 'cache'),
    // The SDK's download finds nobody to talk to, whatever network the machine has.
    HTTPS_PROXY: 'http://127.0.0.1:1',
  }
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function script(path: string, body: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

test('the PATH comes before the cache', async () => {
  const onPath = await script(join(directory, 'bin', 'temporal'), cli)
  await script(cachedBinaryPath(env), cli)
  expect(await findBinary({ env, report })).toBe(onPath)
  expect(reported).toEqual([])
})

test('the cache comes before a download or a build', async () => {
  const cached = await script(cachedBinaryPath(env), cli)
  await script(join(directory, 'bin', 'go'), goThatBuilds)
  expect(cached).toBe(join(directory, 'cache', 'postern', 'temporal-1.5.1', 'temporal'))
  expect(await findBinary({ env, report })).toBe(cached)
})

test.each([
  ['fails', 'exit 3'],
  ['is another program', 'echo "temporal, a calendar"'],
  ['is too old', "echo 'temporal version 0.10.0 (Server 1.21.0)'"],
])('a `temporal` on the PATH that %s is passed over', async (_, body) => {
  await script(join(directory, 'bin', 'temporal'), body)
  const cached = await script(cachedBinaryPath(env), cli)
  expect(await findBinary({ env, report })).toBe(cached)
})

test('a later directory of the PATH is tried when an earlier one fails', async () => {
  await script(join(directory, 'bin', 'temporal'), 'exit 3')
  const second = await script(join(directory, 'more', 'temporal'), cli)
  env = { ...env, PATH: `${join(directory, 'bin')}:${join(directory, 'more')}` }
  expect(await findBinary({ env, report })).toBe(second)
})

test('go builds the pinned version into the cache, says so meanwhile, and leaves nothing else behind', async () => {
  await script(join(directory, 'bin', 'go'), goThatBuilds)
  const found = await findBinary({ env, report, reportEveryMs: 200 })
  expect(found).toBe(cachedBinaryPath(env))
  expect(await readdir(dirname(found))).toEqual(['temporal'])
  expect(await readFile(join(directory, 'bin', 'asked'), 'utf8')).toBe(
    'install github.com/temporalio/cli/cmd/temporal@v1.5.1\n',
  )
  expect(reported.filter((line) => /^building .*: \d+ s$/.test(line))).not.toEqual([])
  // From now on the cache answers.
  expect(await findBinary({ env: { ...env, PATH: '' }, report })).toBe(found)
})

test('an executable that does not run never reaches the cache', async () => {
  await script(
    join(directory, 'bin', 'go'),
    `echo broken > "$GOBIN/temporal"; /bin/chmod 755 "$GOBIN/temporal"`,
  )
  await expect(findBinary({ env, report })).rejects.toThrow(/`go install`: .*--version/)
  expect(await readdir(dirname(cachedBinaryPath(env)))).toEqual([])
})

test('two builds at once both end with a whole executable', async () => {
  await script(join(directory, 'bin', 'go'), goThatBuilds)
  const found = await Promise.all([findBinary({ env, report }), findBinary({ env, report })])
  expect(found).toEqual([cachedBinaryPath(env), cachedBinaryPath(env)])
  expect(await readdir(dirname(cachedBinaryPath(env)))).toEqual(['temporal'])
})

test('when nothing works the error names every way, its reason, and what a person can do', async () => {
  await script(join(directory, 'bin', 'temporal'), 'exit 3')
  await script(join(directory, 'bin', 'go'), 'echo "go: no space left on device" >&2; exit 1')
  const error: unknown = await findBinary({ env, report }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(TemporalNotFoundError)
  const lines = String(error).split('\n')
  expect(lines[1]).toBe(`  - \`temporal\` on the PATH: ${env.PATH ?? ''}/temporal: \`--version\` fails (3)`)
  expect(lines[2]).toContain(`${cachedBinaryPath(env)}: there is none that can be run`)
  expect(lines[3]).toContain('https://temporal.download/cli/v1.5.1')
  expect(lines[4]).toContain('go: no space left on device')
  expect(lines.slice(5).join('\n')).toMatch(/docs\.temporal\.io[^]*go\.dev[^]*TEMPORAL_ADDRESS/)
})

test('without Go the error says that it is missing', async () => {
  await expect(findBinary({ env, report })).rejects.toThrow('there is no `go` on the PATH')
})

test('a build is called off with its signal', async () => {
  await script(join(directory, 'bin', 'go'), 'exec /bin/sleep 60')
  const controller = new AbortController()
  const search = findBinary({
    env,
    signal: controller.signal,
    report: (line) => {
      if (line.startsWith('building')) controller.abort()
    },
  })
  await expect(search).rejects.toThrow('abort')
  expect(await readdir(dirname(cachedBinaryPath(env)))).toEqual([])
})
