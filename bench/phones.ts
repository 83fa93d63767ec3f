/** Numbers for many logins, none twice, and spread so that no limit over all numbers is met (docs/limits.md). */
import { COUNTRY_LIMIT, PREFIX_LIMIT, toPrefix } from '../domain/limits.ts'
import { isAllowedType, parsePhone } from '../domain/phone.ts'
import { createRandom } from './statistics.ts'

/** Mobile ranges, a country each; a `#` is any digit. What libphonenumber refuses of them is thrown away. */
const ranges = [
  '+4479########',
  '+49171#######',
  '+336########',
  '+346########',
  '+39347#######',
  '+9198########',
  '+614########',
  '+63917#######',
  '+668########',
  '+551199#######',
  '+62812########',
  '+4366########',
]

/**
 * Makes one number after the other, E.164, from each country in turn.
 * @param seed the same seed makes the same numbers
 * @throws Error when there are no more that the limits let through
 */
export function createPhones(seed: number): () => string {
  const random = createRandom(seed)
  const made = new Set<string>()
  const ofCountry = new Map<string, number>()
  const ofPrefix = new Map<string, number>()
  let turn = 0

  return function nextPhone() {
    for (let tries = 0; tries < 1000; tries += 1) {
      const range = ranges[turn % ranges.length] ?? ''
      const parsed = parsePhone(range.replace(/#/g, () => String(Math.floor(random() * 10))))
      if (parsed.outcome !== 'phone' || !isAllowedType(parsed.phone, 'sms')) continue
      const { e164, country } = parsed.phone
      const isFull =
        (ofPrefix.get(toPrefix(e164)) ?? 0) >= PREFIX_LIMIT.most ||
        (ofCountry.get(country) ?? 0) >= COUNTRY_LIMIT.most
      if (made.has(e164) || isFull) continue
      made.add(e164)
      ofCountry.set(country, (ofCountry.get(country) ?? 0) + 1)
      ofPrefix.set(toPrefix(e164), (ofPrefix.get(toPrefix(e164)) ?? 0) + 1)
      turn += 1
      return e164
    }
    throw new Error(`no more numbers after ${made.size}: the limit of a country's sends in a day is near`)
  }
}
