import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { digestOfKey } from '../../platform/apps/key-lookup.ts'

const path = fileURLToPath(new URL('../../bin/app-key.ts', import.meta.url))

function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [path, ...args], (_error, out, error) => {
      resolve({ status: child.exitCode ?? -1, out, error })
    })
  })
}

/** The key, and the line that is told with it. */
async function make(...args: string[]) {
  const { out } = await run(...args)
  const [, key = ''] = /^ {2}(pk_\S+)$/m.exec(out) ?? []
  const [, line = '{}'] = /^ {2}(\{.*\})$/m.exec(out) ?? []
  return { key, line: JSON.parse(line) as unknown }
}

describe('API-9: npm run app-key', () => {
  test('shows a key of 192 random bits, and the line of its hash', async () => {
    const [one, other] = await Promise.all([make(), make()])
    expect(one.key).toMatch(/^pk_live_[\w-]{32}$/)
    expect(one.line).toEqual({
      hash: `sha256:${digestOfKey(one.key).toString('hex')}`,
      scopes: ['start', 'read'],
    })
    expect(one.key).not.toBe(other.key)
  })

  test('gives it the scopes and the end that are asked for', async () => {
    const { key, line } = await make('--scopes', 'admin,read', '--expires', '2999-01-31', '--test')
    expect(key).toMatch(/^pk_test_/)
    expect(line).toMatchObject({ scopes: ['read', 'admin'], expiresAt: '2999-01-31T00:00:00.000Z' })
  })

  test.each([
    [['--scopes', 'start,write']],
    [['--scopes', 'start,start']],
    [['--expires', '2020-01-31']],
    [['--expires', 'soon']],
    [['--unknown']],
  ])('refuses %j, and says how it is used', async (args) => {
    expect(await run(...args)).toMatchObject({
      status: 1,
      out: '',
      error: expect.stringContaining('Usage: npm run app-key') as string,
    })
  })

  test('says how it is used when asked', async () => {
    expect(await run('--help')).toMatchObject({
      status: 0,
      out: expect.stringContaining('Usage: npm run app-key') as string,
    })
  })
})
