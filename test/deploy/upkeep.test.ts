/** What `.ci/run` asks before the tests, licences and known holes, and what it runs again after them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { root } from '../house/repository.ts'

type Ended = { readonly status: number; readonly said: string }

function run(program: string, args: string[], path = process.env.PATH ?? ''): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { PATH: path } }
    const child = execFile(program, args, options, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, said: stdout + stderr })
    })
  })
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'upkeep-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('licences', () => {
  /** Of a lockfile with these packages. */
  function licencesOf(packages: Readonly<Record<string, object>>): Promise<Ended> {
    const file = join(aFolder(), 'package-lock.json')
    writeFileSync(file, JSON.stringify({ packages: { '': { name: 'postern' }, ...packages } }))
    return run(process.execPath, ['.ci/licences.js', file])
  }

  test('of this repository are allowed', async () => {
    expect(await run(process.execPath, ['.ci/licences.js'])).toMatchObject({
      status: 0,
      said: expect.stringMatching(/: 0 not allowed\n$/) as string,
    })
  })

  test.each([
    ['MIT', {}],
    ['(MIT OR GPL-3.0-only)', {}],
    ['Apache-2.0 AND MIT', { optional: true }],
    ['MPL-2.0', { dev: true }],
  ])('%s with %j is taken', async (license, more) => {
    expect(await licencesOf({ 'node_modules/x': { version: '1.0.0', license, ...more } })).toMatchObject({
      status: 0,
    })
  })

  test.each([
    ['GPL-3.0-only', { dev: true }, 'x@1.0.0 is under GPL-3.0-only, and is used to build and test'],
    ['MPL-2.0', {}, 'x@1.0.0 is under MPL-2.0, and is shipped'],
    ['MIT AND GPL-3.0-only', {}, 'x@1.0.0 is under MIT AND GPL-3.0-only, and is shipped'],
    ['SEE LICENSE IN LICENSE', {}, 'x@1.0.0 is under SEE LICENSE IN LICENSE, and is shipped'],
    [undefined, {}, 'x@1.0.0 names no licence, and is shipped'],
  ])('%s with %j is refused, by name', async (license, more, line) => {
    const packages = {
      'node_modules/a/node_modules/x': { version: '1.0.0', ...(license && { license }), ...more },
      'node_modules/y': { version: '1.0.0', license: 'MIT' },
    }
    const ended = await licencesOf(packages)
    expect(ended.status).toBe(1)
    expect(ended.said.split('\n')).toContain(line)
    expect(ended.said).not.toContain('y@1.0.0')
  })

  test('an empty lockfile has proved nothing', async () => {
    expect(await licencesOf({})).toMatchObject({ status: 1 })
  })
})

describe('OPS-4: known holes', () => {
  /** With an npm that says this and ends so. */
  async function auditWith(said: string, status: number): Promise<Ended> {
    const folder = aFolder()
    writeFileSync(join(folder, 'said'), said)
    const npm = `#!/bin/sh\ncat "${join(folder, 'said')}"\nexit ${status}\n`
    writeFileSync(join(folder, 'npm'), npm, { mode: 0o755 })
    return run('bash', ['.ci/audit'], [folder, dirname(process.execPath), process.env.PATH].join(delimiter))
  }

  test('none: it goes on', async () => {
    expect(await auditWith('found 0 vulnerabilities\n', 0)).toMatchObject({ status: 0 })
  })

  test('one fails, and is shown', async () => {
    const report =
      '# npm audit report\n\nx  <1.0.0\nSeverity: high\nnpm error audit endpoint returned an error\n'
    const ended = await auditWith(report, 1)
    expect(ended.status).toBe(1)
    expect(ended.said).toContain('Severity: high')
  })

  test('a registry without audits is said in one line, and it goes on', async () => {
    const ended = await auditWith(
      'npm warn audit 405 Method Not Allowed\nnpm error audit endpoint returned an error\n',
      1,
    )
    expect(ended).toEqual({ status: 0, said: 'not asked: the registry does not answer audits\n' })
  })

  test('any other trouble of npm fails: it must not look like none found', async () => {
    expect(await auditWith('npm error code ENOLOCK\n', 1)).toMatchObject({ status: 1 })
  })
})

type Locked = Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>

test('OPS-4: the list of parts has what is shipped, each with its version, and nothing else', async () => {
  const { status, said } = await run(process.execPath, ['.ci/sbom.js'])
  expect(status).toBe(0)
  const { components } = JSON.parse(said.slice(said.indexOf('{'), said.lastIndexOf('}') + 1)) as {
    readonly components: readonly { readonly name: string; readonly version: string }[]
  }
  const listed = components.map(({ name, version }) => `${name}@${version}`)
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as unknown
  const { packages } = read('package-lock.json') as { readonly packages: Locked }
  const shipped = Object.entries(packages).flatMap(([path, { version, dev }]) =>
    path === '' || dev ? [] : [`${path.replace(/^.*node_modules\//, '')}@${version ?? ''}`],
  )
  expect(listed.filter((part) => !shipped.includes(part))).toEqual([])
  const { dependencies } = read('package.json') as { readonly dependencies: Readonly<Record<string, string>> }
  expect(listed).toEqual(
    expect.arrayContaining(Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)),
  )
})

test('OPS-4: .ci/run asks both after the checks and before the tests, and fails with them', () => {
  const lines = readFileSync(join(root, '.ci/run'), 'utf8').split('\n')
  const at = (line: string) => lines.indexOf(line)
  expect(at('npm run check || failed')).toBeGreaterThan(0)
  expect(at('node .ci/licences.js || failed')).toBeGreaterThan(at('npm run check || failed'))
  expect(at('.ci/audit || failed')).toBeGreaterThan(at('npm run check || failed'))
  expect(at('echo "== test"')).toBeGreaterThan(at('.ci/audit || failed'))
})

test.each([
  ['four that failed are run again', 4, false, 4],
  ['of five none is: it is no bad luck', 5, false, 0],
  ['all are when their Temporal server broke', 50, true, 50],
])('.ci/run: %s', async (_name, failed, isBroken, again) => {
  const folder = aFolder()
  const testResults = Array.from({ length: failed }, (_, index) => ({
    name: join(root, `test/${index}.test.ts`),
    status: 'failed',
  }))
  const passed = { name: join(root, 'test/passed.test.ts'), status: 'passed' }
  writeFileSync(join(folder, 'report'), JSON.stringify({ testResults: [...testResults, passed] }))
  if (isBroken) writeFileSync(join(folder, 'broken'), 'it broke\n')
  const args = [
    `BROKEN=${join(folder, 'broken')}`,
    process.execPath,
    '.ci/failed-files.js',
    join(folder, 'report'),
  ]
  const { status, said } = await run('env', args)
  const files = said.split('\n').filter((line) => line !== '')
  expect({ status, files: files.length }).toEqual({ status: 0, files: again })
  expect(files).not.toContain('test/passed.test.ts')
})

test('.ci/run finds a file that failed again, whichever of the two commands ran it', async () => {
  const config = ['--config', 'test/again.config.ts', '--root', '.']
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toContain(`npx vitest run ${config.join(' ')} `)
  const files = ['test/domain/phone.test.ts', 'test/bin/login.test.ts']
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { said } = await run(process.execPath, [vitest, 'list', '--filesOnly', ...config, ...files])
  expect(said.trim().split('\n').toSorted()).toEqual(files.toSorted())
})
