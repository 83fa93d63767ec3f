/** Phone numbers: parsed once, at the edge, by libphonenumber; inside there is only E.164. */
import {
  isSupportedCountry,
  parsePhoneNumberWithError,
  type CountryCode,
  type PhoneNumberType,
} from 'libphonenumber-js/max'

export type Phone = {
  /** ITU-T E.164, with the plus. The only form that keys, limits and 8x8 see. */
  readonly e164: string
  /** ISO 3166-1 alpha-2; the calling code for numbers of no country: `+800`. */
  readonly country: string
  /** All digits but the last two hidden: `+••••••••67`. */
  readonly masked: string
}

export type PhoneProblem = 'malformed' | 'country' | 'invalid'

export type ParsedPhone =
  | { readonly outcome: 'phone'; readonly phone: Phone }
  | { readonly outcome: 'refused'; readonly problem: PhoneProblem }

/**
 * Reads one number, international or national to `country` (ISO 3166-1 alpha-2, upper case).
 *
 * Extensions and surrounding text are refused: a code cannot be sent to them, and two texts would name one number.
 * A national number without `country` is `malformed`; an unknown `country` is `country`; a number that
 * libphonenumber's full metadata calls impossible for its country is `invalid`.
 */
export function parsePhone(text: string, country?: string): ParsedPhone {
  if (country !== undefined && !isCountry(country)) return { outcome: 'refused', problem: 'country' }
  // With RFC 3966 parameters libphonenumber reads past other text, and gives the same text another answer each time.
  if (text.includes(';')) return { outcome: 'refused', problem: 'malformed' }
  try {
    const number = parsePhoneNumberWithError(text, {
      extract: false,
      ...(country === undefined ? {} : { defaultCountry: country }),
    })
    if (!number.isValid() || number.ext !== undefined) return { outcome: 'refused', problem: 'invalid' }
    return {
      outcome: 'phone',
      phone: {
        e164: number.number,
        country: number.country ?? `+${number.countryCallingCode}`,
        masked: maskPhone(number.number),
      },
    }
  } catch {
    return { outcome: 'refused', problem: 'malformed' }
  }
}

/**
 * Whether a code may go to this kind of number. Never to premium, shared-cost, toll-free, company (UAN), personal,
 * pager and voicemail numbers, nor to a kind that is unknown; to a landline by a call only (FRD-1).
 */
export function isAllowedType({ e164 }: Pick<Phone, 'e164'>, channel: 'sms' | 'call'): boolean {
  const type = parsePhoneNumberWithError(e164).getType()
  return anyChannel.has(type) || (channel === 'call' && type === 'FIXED_LINE')
}

const anyChannel: ReadonlySet<PhoneNumberType | undefined> = new Set([
  'MOBILE',
  'FIXED_LINE_OR_MOBILE',
  'VOIP',
])

/** Whether libphonenumber knows numbers of it; ISO 3166-1 alpha-2, upper case. */
export function isCountry(code: string): code is CountryCode {
  return isSupportedCountry(code)
}

export function maskPhone(e164: string): string {
  return `+${'•'.repeat(e164.length - 3)}${e164.slice(-2)}`
}
