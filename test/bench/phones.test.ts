/** The numbers of the bench: many, and none that a limit would refuse. */
import { expect, test } from 'vitest'
import { createPhones } from '../../bench/phones.ts'
import { COUNTRY_LIMIT, PREFIX_LIMIT, toPrefix } from '../../domain/limits.ts'
import { isAllowedType, parsePhone } from '../../domain/phone.ts'

/** How many of `values` are the most frequent one. */
function mostAlike(values: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Math.max(...counts.values())
}

test('twelve thousand numbers are mobile, each once, and below the limits of a range and of a country', () => {
  const phones = Array.from({ length: 12_000 }, createPhones(1))
  const parsed = phones.map((phone) => parsePhone(phone))
  const valid = parsed.flatMap((each) => (each.outcome === 'phone' ? [each.phone] : []))
  expect(valid.map(({ e164 }) => e164)).toEqual(phones)
  expect(valid.every((phone) => isAllowedType(phone, 'sms'))).toBe(true)
  expect(new Set(phones).size).toBe(12_000)
  expect(mostAlike(phones.map(toPrefix))).toBeLessThanOrEqual(PREFIX_LIMIT.most)
  expect(mostAlike(valid.map(({ country }) => country))).toBeLessThanOrEqual(COUNTRY_LIMIT.most)
})

test('the same seed gives the same numbers', () => {
  const take = (seed: number) => Array.from({ length: 50 }, createPhones(seed))
  expect(take(3)).toEqual(take(3))
  expect(take(3)).not.toEqual(take(4))
})
