import { expect, test } from 'vitest'
import { parseAppsFile } from '../../platform/apps/parse-apps-file.ts'
import { createFileSchema } from '../../platform/apps/file-schema.ts'
import { scopes } from '../../domain/app.ts'
import { readConfig } from '../../platform/config.ts'
import { read } from './pages.ts'

const page = read('docs/apps.md')
const [, example = ''] = /```json\n(.*?)```/s.exec(page) ?? []

/** What the environment gives to the apps of a file, with nothing generated. */
function defaults() {
  const key = Buffer.alloc(32, 1).toString('base64')
  const { apps } = readConfig({
    APPS_FILE: 'apps.json',
    LOOKUP_KEY: key,
    ENCRYPTION_KEYS: `test:${key}`,
    TOKEN_KEYS: `test:${key}`,
  })
  if ('apps' in apps) throw new Error('no file was read')
  return apps.defaults
}

test('the example is taken, in production too', () => {
  expect(parseAppsFile(example, { ...defaults(), isProduction: true })).toMatchObject({
    apps: [{ app: { name: 'shop' } }, { app: { name: 'back-office', policy: { codeLength: 8 } } }],
  })
})

test('the table has every member, and no other', () => {
  const [, table = ''] = /\| member \|.*?\n\|---.*?\n(.*?)\n\n/s.exec(page) ?? []
  const told = table.split('\n').flatMap((row) => {
    const [, names = ''] = row.split('|')
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
  })
  const app = createFileSchema(false).shape.apps.element
  expect(told.toSorted()).toEqual(Object.keys(app.shape).toSorted())
})

test('the scopes are told', () => {
  for (const scope of scopes) expect(page).toContain(`| \`${scope}\` |`)
})
