import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { defaultLadder } from '../../../domain/ladder.ts'
import { defaultPolicy } from '../../../domain/policy.ts'
import { digestOfKey } from '../../../platform/apps/key-lookup.ts'
import { createAppsSource } from '../../../platform/apps/source.ts'

const key = 'pk_test_0123456789abcdefghij'
const fileWith = (...names: readonly string[]) =>
  JSON.stringify({
    apps: names.map((name) => ({
      name,
      brand: name,
      keys: [{ hash: `sha256:${digestOfKey(key + name).toString('hex')}`, scopes: ['read'] }],
    })),
  })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-apps-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The apps of a file, looked at so often that a test need not wait. */
function open(file: string) {
  const said: { level: string; fields: unknown; text: string }[] = []
  const say = (level: string) => (fields: object, text: string) => void said.push({ level, fields, text })
  const settings = {
    file,
    defaults: {
      isProduction: false,
      version: 'v2',
      subAccountId: 'acme',
      policy: defaultPolicy,
      ladder: defaultLadder,
      limits: { sendsPerDay: 100 },
      concurrency: 10,
    },
  } as const
  const apps = createAppsSource(settings, { info: say('info'), error: say('error') }, { everyMs: 5 })
  onTestFinished(apps.close)
  const changes: string[][] = []
  apps.onChange(() => void changes.push(namesOf(apps.all())))
  return { apps, said, changes, names: () => namesOf(apps.all()) }
}

const namesOf = (apps: readonly { readonly name: string }[]) => apps.map(({ name }) => name)

describe('a change of the file is taken', () => {
  test('row 49: a key that is taken out is unknown, and a new one known, without a restart', async () => {
    const file = join(folder, 'apps.json')
    await writeFile(file, fileWith('shop'))
    const { apps, changes, said } = open(file)
    expect(apps.byKey(`${key}shop`)?.app.name).toBe('shop')
    await writeFile(file, fileWith('bank'))
    await expect.poll(() => apps.byKey(`${key}shop`)).toBeUndefined()
    expect(apps.byKey(`${key}bank`)?.app.name).toBe('bank')
    expect([apps.byName('shop'), apps.byName('bank')?.brand]).toEqual([undefined, 'bank'])
    expect(changes).toEqual([['bank']])
    expect(said.at(-1)).toMatchObject({ level: 'info', fields: { apps: ['bank'] } })
  })

  test('when another file is renamed over it, as editors do', async () => {
    const file = join(folder, 'apps.json')
    await writeFile(file, fileWith('shop'))
    const { names } = open(file)
    await writeFile(join(folder, 'draft'), fileWith('bank'))
    await rename(join(folder, 'draft'), file)
    await expect.poll(names).toEqual(['bank'])
  })

  test('when a symlink above it leads elsewhere, as Kubernetes does', async () => {
    for (const name of ['shop', 'bank']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'apps.json'), fileWith(name))
    }
    await symlink('shop', join(folder, 'data'))
    await symlink(join('data', 'apps.json'), join(folder, 'apps.json'))
    const { names } = open(join(folder, 'apps.json'))
    await symlink('bank', join(folder, 'next'))
    await rename(join(folder, 'next'), join(folder, 'data'))
    await expect.poll(names).toEqual(['bank'])
  })
})

describe('a change that is wrong', () => {
  test('leaves the apps as they were, and is said once, until one is right again', async () => {
    const file = join(folder, 'apps.json')
    await writeFile(file, fileWith('shop'))
    const { names, said, changes } = open(file)
    const errors = () => said.filter(({ level }) => level === 'error')
    const wrong = fileWith('Shop!')
    await rename(await draft(wrong), file)
    await expect.poll(() => errors().length).toBe(1)
    expect(errors()[0]?.fields).toEqual({
      problems: ['APPS_FILE /apps/0/name must be 1 to 40 of a-z 0-9 -'],
    })
    expect([names(), changes]).toEqual([['shop'], []])
    // The same content again, in another file, and only then a right one.
    await rename(await draft(wrong), file)
    await rename(await draft(fileWith('shop', 'bank')), file)
    await expect.poll(names).toEqual(['shop', 'bank'])
    expect(errors()).toHaveLength(1)
  })

  test('is also that the file is gone', async () => {
    const file = join(folder, 'apps.json')
    await writeFile(file, fileWith('shop'))
    const { names, said } = open(file)
    await rm(file)
    await expect.poll(() => said.at(-1)?.fields).toEqual({ problems: ['APPS_FILE cannot be read'] })
    expect(names()).toEqual(['shop'])
  })

  const draft = async (text: string) => {
    const path = join(folder, 'draft')
    await writeFile(path, text)
    return path
  }
})

test.each([
  ['is not there', undefined, 'APPS_FILE cannot be read'],
  ['is wrong', '{}', 'APPS_FILE /apps is required'],
])('at the start a file that %s is an error', async (_, text, problem) => {
  const file = join(folder, 'apps.json')
  if (text !== undefined) await writeFile(file, text)
  expect(() => open(file)).toThrow(`The configuration is wrong:\n  ${problem}`)
})
