import { html } from 'hono/html'
import { getCountries, getCountryCallingCode } from 'libphonenumber-js'
import { alert, described, fieldError } from './field.ts'
import type { Page } from './layout.ts'

export type TwoFactorForm = {
  /** Of this form: sent twice, it is one message. */
  readonly attempt: string
  /** ISO 3166-1 alpha-2, chosen already. */
  readonly country?: string
  /** As it was typed. */
  readonly phone?: string
  /** What is wrong with the number as it is written. */
  readonly phoneProblem?: string
  /** What is wrong otherwise. */
  readonly notice?: string
}

export function twoFactorPage({ attempt, country, phone = '', phoneProblem, notice }: TwoFactorForm): Page {
  const isChosen = countries.some(({ code }) => code === country)
  return {
    title: 'Turn on two-factor login',
    body: html`
      <h1>Turn on two-factor login</h1>
      <p>From then on, a code on your phone confirms that it is you. We send one now.</p>
      ${alert(notice ?? (phoneProblem && 'Check the phone number.'))}
      <form method="post" action="/two-factor" novalidate>
        <input type="hidden" name="attempt" value="${attempt}" />
        <label for="country">Country</label>
        <select id="country" name="country" autocomplete="country" required>
          ${isChosen ? '' : html`<option value="">Choose a country</option>`}
          ${countries.map(
            ({ code, label }) =>
              html`<option value="${code}" ${code === country ? 'selected' : ''}>${label}</option>`,
          )}
        </select>
        <label for="phone">Mobile number</label>
        <input
          id="phone"
          name="phone"
          type="tel"
          value="${phone}"
          autocomplete="tel-national"
          required
          ${notice === undefined ? described('phone', phoneProblem) : html`aria-describedby="problem phone-help"`}
        />
        ${fieldError('phone', phoneProblem)}
        <p class="help" id="phone-help">As you would dial it in that country.</p>
        <button>Send the code</button>
      </form>
      <p><a href="/account">Not now</a></p>
    `,
  }
}

const names = new Intl.DisplayNames('en', { type: 'region' })

/** Every country that has phone numbers. */
const countries = getCountries()
  .map((code) => ({ code, name: names.of(code) ?? code, callingCode: getCountryCallingCode(code) }))
  .sort((a, b) => a.name.localeCompare(b.name, 'en'))
  .map(({ code, name, callingCode }) => ({ code, label: `${name} (+${callingCode})` }))

/** The likely country of who prefers a language: of `de-AT` Austria, of `de` Germany; none for what cannot be read. */
export function countryOf(acceptLanguage = ''): string | undefined {
  const [preferred = ''] = acceptLanguage.split(/[,;]/)
  try {
    const { region } = new Intl.Locale(preferred.trim()).maximize()
    return countries.find(({ code }) => code === region)?.code
  } catch {
    return undefined
  }
}
