import { describe, expect, test } from 'vitest'
import type { Scope } from '../../../domain/app.ts'
import { createKeyLookup, digestOfKey } from '../../../platform/apps/key-lookup.ts'
import { anApp } from '../../support/apps.ts'

const key = 'pk_live_0123456789abcdefghij'
const entry = (name: string, apiKey: string, scopes: readonly Scope[] = ['start'], expiresAt?: number) => ({
  app: anApp({ name }),
  keys: [
    {
      digest: digestOfKey(apiKey),
      scopes: new Set(scopes),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    },
  ],
})

describe('ENUM-3: looking an API key up', () => {
  const lookUp = createKeyLookup([
    entry('first', key),
    entry('second', `${key}k`),
    entry('third', 'pk_live_zyxwvutsrqponmlkji'),
  ])

  test.each([
    [key, 'first'],
    [`${key}k`, 'second'],
    ['pk_live_zyxwvutsrqponmlkji', 'third'],
  ])('finds the app of a key, also when it begins like another', (apiKey, name) => {
    expect(lookUp(apiKey)?.app.name).toBe(name)
  })

  test.each([
    ['a prefix', key.slice(0, -1)],
    ['a longer key', `${key}kk`],
    ['another case', key.toUpperCase()],
    ['an empty key', ''],
    ['a very long key', 'k'.repeat(10_000)],
    ['a key of other characters', 'π'.repeat(key.length)],
    ['the digest of a key', digestOfKey(key).toString('hex')],
  ])('refuses %s without throwing', (_, apiKey) => {
    expect(lookUp(apiKey)).toBeUndefined()
  })

  test('finds nothing when there are no apps', () => {
    expect(createKeyLookup([])(key)).toBeUndefined()
  })
})

describe('API-9: a key', () => {
  test('has its own scopes, beside others of its app', () => {
    const [narrow, wide] = [entry('shop', key, ['read']), entry('shop', `${key}k`, ['start', 'admin'])]
    const lookUp = createKeyLookup([{ app: narrow.app, keys: [...narrow.keys, ...wide.keys] }])
    expect(lookUp(key)?.scopes).toEqual(new Set(['read']))
    expect(lookUp(`${key}k`)?.scopes).toEqual(new Set(['start', 'admin']))
  })

  test('that has expired is as unknown as any other', () => {
    const lookUp = createKeyLookup([entry('shop', key, ['read'], Date.now() - 1)])
    expect(lookUp(key)).toBeUndefined()
  })

  test('works until it expires', () => {
    const lookUp = createKeyLookup([entry('shop', key, ['read'], Date.now() + 3_600_000)])
    expect(lookUp(key)?.app.name).toBe('shop')
  })

  test('cannot be there twice', () => {
    const twice = ['first', 'second'].map((name) => entry(name, key))
    expect(() => createKeyLookup(twice)).toThrow('an API key is there twice')
  })
})
