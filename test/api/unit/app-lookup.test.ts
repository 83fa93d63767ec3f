import { describe, expect, test } from 'vitest'
import { createAppLookup } from '../../../api/middleware/app-lookup.ts'
import type { AppSettings } from '../../../api/middleware/context.ts'

const settings = (name: string): AppSettings => ({ name, subAccountId: 'acme', brand: name, admin: false })
const key = 'pk_live_0123456789abcdefghij'

describe('ENUM-3: looking an API key up', () => {
  const lookUp = createAppLookup([
    { app: settings('first'), apiKey: key },
    { app: settings('second'), apiKey: `${key}k` },
    { app: settings('third'), apiKey: 'pk_live_zyxwvutsrqponmlkji' },
  ])

  test.each([
    [key, 'first'],
    [`${key}k`, 'second'],
    ['pk_live_zyxwvutsrqponmlkji', 'third'],
  ])('finds the app of a key, also when it begins like another', (apiKey, name) => {
    expect(lookUp(apiKey)?.name).toBe(name)
  })

  test.each([
    ['a prefix', key.slice(0, -1)],
    ['a longer key', `${key}kk`],
    ['another case', key.toUpperCase()],
    ['an empty key', ''],
    ['a very long key', 'k'.repeat(10_000)],
    ['a key of other characters', 'π'.repeat(key.length)],
  ])('refuses %s without throwing', (_, apiKey) => {
    expect(lookUp(apiKey)).toBeUndefined()
  })

  test('finds nothing when there are no apps', () => {
    expect(createAppLookup([])(key)).toBeUndefined()
  })
})

describe('an app lookup cannot be made', () => {
  test('of two apps with one key', () => {
    const apps = ['first', 'second'].map((name) => ({ app: settings(name), apiKey: key }))
    expect(() => createAppLookup(apps)).toThrow('two apps share an API key')
  })

  test.each([[''], ['with space'], ['schlüssel'], ['line\n']])(
    'of a key that cannot be sent: %j',
    (apiKey) => {
      expect(() => createAppLookup([{ app: settings('first'), apiKey }])).toThrow('cannot be sent')
    },
  )
})
