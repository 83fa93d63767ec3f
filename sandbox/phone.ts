import { callingCode } from './calling-codes.ts'

/**
 * `destination` as E.164, the way 8x8 reads it: spaces, brackets, dashes and a leading `+` go, and with
 * `country` a national number gets that country's calling code. A number that begins with the calling code
 * is taken for international. Checks the shape only: 8 to 15 digits, the first not 0.
 */
export function toPhone(destination: string, country?: string): string | undefined {
  const stripped = destination.replaceAll(/[\s()[\]-]/g, '')
  const digits = stripped.replace(/^\+/, '')
  const prefix = country === undefined ? undefined : callingCode(country)
  const isNational = !stripped.startsWith('+') && prefix !== undefined && !digits.startsWith(prefix)
  // The trunk 0 of a national number (07911… in GB) is not part of the international one.
  const international = isNational ? prefix + digits.replace(/^0/, '') : digits
  return /^[1-9]\d{7,14}$/.test(international) ? `+${international}` : undefined
}

/** A number from a script or a query as E.164; in `?phone=+65…` the plus arrives as a space. */
export function asPhone(text: string): string {
  return `+${text.replaceAll(/\D/g, '')}`
}
