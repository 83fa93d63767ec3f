/** The file of signing keys: taken whole or not at all, and read again when it changes. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { developmentSigningKeys } from '../../../platform/signing/development-signing-keys.ts'
import { newSigningKey } from '../../../platform/signing/new-signing-key.ts'
import { parseSigningKeys, watchSigningKeys } from '../../../platform/signing/signing-keys.ts'

const later = new Date(Date.now() + 3_600_000)
const [one, other, next] = [newSigningKey(), newSigningKey(), newSigningKey(later)]

function problemsOf(...keys: readonly object[]): readonly string[] {
  const parsed = parseSigningKeys(JSON.stringify({ keys }))
  return 'problems' in parsed ? parsed.problems : []
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true })
  })
  return folder
}

test('TOK-9: a key that signs now and one that will are a right file', () => {
  expect(problemsOf(one, next)).toEqual([])
})

test.each<[string, readonly object[], RegExp]>([
  ['no key', [], /at least one key/],
  ['a key of another kind', [{ ...one, kty: 'RSA' }], /keys\.0\.kty must be OKP/],
  ['a secret that is none', [{ ...one, d: 'short' }], /keys\.0\.d must be 32 bytes/],
  ['another public key than the secret has', [{ ...one, x: other.x }], /keys\.0\.x is not the public key/],
  ['a kid that is no name', [{ ...one, kid: '../key' }], /keys\.0\.kid must be/],
  ['one kid twice', [one, { ...next, kid: one.kid }], /same kid/],
  ['two keys that neither is the newer of', [one, other], /same activeFrom/],
  ['only keys to come', [next], /in the future/],
  ['a time that is none', [{ ...one, activeFrom: 'soon' }], /keys\.0\.activeFrom must be a time/],
  ['a member that is not known', [{ ...one, active: true }], /keys\.0 has members/],
])('TOK-1: %s makes the file wrong, and no part of a key is repeated', (_case, keys, problem) => {
  const problems = problemsOf(...keys)
  expect(problems.join('\n')).toMatch(problem)
  expect(problems.join('\n')).not.toContain(one.d)
})

test('TOK-1: everything that is wrong is said at once', () => {
  expect(problemsOf({ ...one, kid: '' }, { ...next, d: '' })).toHaveLength(2)
  expect(parseSigningKeys('{')).toEqual({ problems: ['SIGNING_KEYS_FILE is not JSON'] })
})

test('TOK-9: a changed file is taken without a restart, and a bad one leaves the keys as they were', async () => {
  const file = join(aFolder(), 'keys.json')
  const errors: object[] = []
  const write = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  write(JSON.stringify({ keys: [one] }))
  const log = { info: () => undefined, error: (fields: object) => void errors.push(fields) }
  const keys = watchSigningKeys(file, log, { everyMs: 10 })
  onTestFinished(() => {
    keys.close()
  })
  const kids = () => keys.all().map(({ kid }) => kid)

  write(JSON.stringify({ keys: [{ ...one, d: 'leaked?' }] }))
  await expect.poll(() => errors.length).toBe(1)
  expect(kids()).toEqual([one.kid])
  expect(JSON.stringify(errors)).not.toContain('leaked?')

  write(JSON.stringify({ keys: [one, next] }))
  await expect.poll(kids).toEqual([one.kid, next.kid])
})

test('TOK-11: a development machine makes its key once, and lets nobody else read it', () => {
  const file = join(aFolder(), 'sub', 'signing-keys.json')
  developmentSigningKeys(file)
  const made = readFileSync(file, 'utf8')
  developmentSigningKeys(file)
  expect(readFileSync(file, 'utf8')).toBe(made)
  expect(parseSigningKeys(made)).toHaveProperty('keys')
})
