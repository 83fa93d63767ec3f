/** Tokens of a login: whose they are, and that nobody else can make them. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'
import { createLoginTokens } from '../../../platform/signing/login-tokens.ts'

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`
function tokens(text: string) {
  const ring = parseKeyRing(text)
  if (ring === undefined) throw new Error('malformed keys')
  return createLoginTokens(ring, 'callback')
}

const [old, recent] = [key('old'), key('recent')]
const current = tokens(recent)

test('WHI-1: a token is for its own login and for no other', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(current.isFor(one, current.make(one))).toBe(true)
      expect(current.isFor(other, current.make(one))).toBe(one === other)
    }),
  )
})

test('WHI-1: a token has 256 bits that depend on a secret key, and is the same each time', () => {
  const token = current.make('lg_x')
  expect(token).toMatch(/^recent\.[\w-]{43}$/)
  expect(current.make('lg_x')).toBe(token)
  expect(tokens(key('recent')).make('lg_x')).not.toBe(token)
})

test('WHI-1: after a rotation old tokens still count, and without their key they do not', () => {
  const token = tokens(old).make('lg_x')
  expect(tokens(`${recent},${old}`).isFor('lg_x', token)).toBe(true)
  expect(current.isFor('lg_x', token)).toBe(false)
})

test.each([
  ['nothing', ''],
  ['no proof', 'recent.'],
  ['no key', `.${randomBytes(32).toString('base64url')}`],
  ['an unknown key', `other.${randomBytes(32).toString('base64url')}`],
  ['a proof cut short', current.make('lg_x').slice(0, -1)],
  ['a longer proof', `${current.make('lg_x')}AAAA`],
  ['a random proof', `recent.${randomBytes(32).toString('base64url')}`],
])('WHI-1: %s is no token, and does not throw', (_case, token) => {
  expect(current.isFor('lg_x', token)).toBe(false)
})
