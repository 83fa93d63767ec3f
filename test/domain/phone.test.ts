import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskPhone, parsePhone } from '../../domain/phone.ts'

describe('one number has many spellings', () => {
  const spellings: readonly (readonly [text: string, country?: string])[] = [
    ['+6591234567'],
    ['+65 9123 4567'],
    ['+65  9123   4567'],
    ['+ 65 9123 4567'],
    ['+65 91 23 45 67'],
    ['+65 9 1 2 3 4 5 6 7'],
    ['+6591234567 '],
    ['+65-9123-4567'],
    ['+65–9123–4567'],
    ['+65—9123—4567'],
    ['+65−9123−4567'],
    ['+65‑9123‑4567'],
    ['+65.9123.4567'],
    ['+65/9123/4567'],
    ['+65 (9123) 4567'],
    ['+65-(9123)-4567'],
    ['+65 [9123] 4567'],
    ['+65（9123）4567'],
    ['+65\u00a09123\u00a04567'],
    ['+65\u30009123\u30004567'],
    ['+65\u200b9123\u200b4567'],
    ['+65\u20609123\u20604567'],
    ['+６５９１２３４５６７'],
    ['+65 ９１２３ ４５６７'],
    ['+٦٥٩١٢٣٤٥٦٧'],
    ['+۶۵۹۱۲۳۴۵۶۷'],
    ['+65 9123 4567', 'SG'],
    ['+65 9123 4567', 'GB'],
    ['+65 9123 4567', 'US'],
    ['91234567', 'SG'],
    ['9123 4567', 'SG'],
    ['9123-4567', 'SG'],
    ['９１２３４５６７', 'SG'],
    ['6591234567', 'SG'],
    ['65 9123 4567', 'SG'],
    ['001 65 9123 4567', 'SG'],
    ['011 65 9123 4567', 'US'],
    ['00 65 9123 4567', 'DE'],
    ['0065 9123 4567', 'GB'],
  ]
  test.each(spellings.map(([text, country]) => ({ text, country })))(
    'FRD-4: "$text" $country',
    (spelling) => {
      expect(parsePhone(spelling.text, spelling.country)).toEqual({
        outcome: 'phone',
        phone: { e164: '+6591234567', country: 'SG', masked: '+••••••••67' },
      })
    },
  )

  test('there are more than 30, and no two are alike', () => {
    expect(new Set(spellings.map((spelling) => spelling.join('|'))).size).toBeGreaterThan(30)
  })

  test.each([
    ['07400 123456', 'GB', '+447400123456'],
    ['+44 (0) 7400 123456', 'GB', '+447400123456'],
    ['(202) 555-0123', 'US', '+12025550123'],
    ['1 202 555 0123', 'US', '+12025550123'],
    ['8 912 345 67 89', 'RU', '+79123456789'],
    ['098765 43210', 'IN', '+919876543210'],
  ])('FRD-4: a national prefix is no part of the number: "%s" %s', (text, country, e164) => {
    expect(parsePhone(text, country)).toMatchObject({ outcome: 'phone', phone: { e164 } })
  })

  test('FRD-4: an Italian zero is part of the number', () => {
    expect(parsePhone('06 1234 5678', 'IT')).toMatchObject({ phone: { e164: '+390612345678' } })
  })

  test('FRD-4: separators, wherever they stand between the digits, make no other number', () => {
    const separator = fc.constantFrom('', ' ', '-', '.', '  ', '\u00a0')
    const separators = fc.array(separator, { minLength: 10, maxLength: 10 })
    fc.assert(
      fc.property(separators, (separators) => {
        const text = '6591234567'
          .split('')
          .map((digit, index) => `${digit}${separators[index] ?? ''}`)
          .join('')
        expect(parsePhone(`+${text}`)).toMatchObject({ phone: { e164: '+6591234567' } })
      }),
    )
  })

  test('FRD-4: what was read is read as itself again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 80_000_000, max: 99_999_999 }), (digits) => {
        const first = parsePhone(`+65${digits}`)
        const again = first.outcome === 'phone' ? parsePhone(first.phone.e164) : first
        expect(again).toEqual(first)
      }),
    )
  })

  test('a number of no country has its calling code for one', () => {
    expect(parsePhone('+80012345678')).toMatchObject({ phone: { country: '+800' } })
  })
})

describe('what is not one number is refused', () => {
  test.each([
    ['letters before', 'call +6591234567'],
    ['a letter before', 'a+6591234567'],
    ['letters after', '+6591234567 please'],
    ['a letter after', '+6591234567a'],
    ['letters for digits', '+1 800 FLOWERS'],
    ['a URI', 'tel:+6591234567'],
    ['another URI', 'javascript:+6591234567'],
    ['text before a URI with a context', 'hello tel:91234567;phone-context=+65'],
    ['a context', '91234567;phone-context=+65'],
    ['text after a context', 'tel:91234567;phone-context=+65;evil=<b>'],
    ['the same context again', '91234567;phone-context=+65'],
    ['a sub-address', '+6591234567;isub=123'],
    ['an extension', '+6591234567 ext. 5'],
    ['a short extension', '+6591234567x5'],
    ['an extension behind a hash', '+6591234567#5'],
    ['an extension behind a comma', '+6591234567,5'],
    ['an extension as a parameter', '+6591234567;ext=5'],
    ['an extension in Russian', '+6591234567 доб 5'],
    ['an array in JSON', '["+6591234567"]'],
    ['an object in JSON', '{"phone":"+6591234567"}'],
    ['two numbers with a comma', '+6591234567,+6591234568'],
    ['two numbers with a semicolon', '+6591234567;+6591234568'],
    ['two numbers with a slash', '+6591234567/+6591234568'],
    ['two numbers with a space', '+6591234567 +6591234568'],
    ['two numbers on two lines', '+6591234567\n+6591234568'],
    ['quotes', '"+6591234567"'],
    ['an exclamation mark', '+6591234567!'],
    ['a star', '+6591234567*'],
    ['two pluses', '++6591234567'],
    ['a space before the plus', ' +6591234567'],
    ['a bracket around the code', '(+65) 9123 4567'],
    ['URL encoding', '%2B6591234567'],
    ['a zero byte', '+6591234567\0'],
    ['an override of direction', '+65\u202d91234567\u202c'],
    ['nothing', ''],
    ['a space', ' '],
    ['a plus', '+'],
    ['a calling code', '+65'],
    ['no calling code of the world', '+999123456789'],
    ['too many digits', '+65912345678901234567'],
    ['a very long text', '9'.repeat(300)],
    ['a number in a very long text', `+65${' '.repeat(300)}91234567`],
    ['a national number of no known country', '91234567'],
  ])('API-3: %s', (_, text) => {
    expect(parsePhone(text).outcome).toBe('refused')
  })

  test.each([
    ['one digit too few', '+659123456'],
    ['one digit too many', '+65912345678'],
    ['a prefix that is given to nobody', '+65 1234 5678'],
    ['an area that is not there', '+1 000 000 0000'],
  ])('API-3: a number that only looks like one is `invalid`: %s', (_, text) => {
    expect(parsePhone(text)).toEqual({ outcome: 'refused', problem: 'invalid' })
  })

  test.each([['XX'], ['sg'], ['SGP'], [''], ['65'], ['constructor'], ['__proto__'], ['001']])(
    'API-3: no country is called "%s"',
    (country) => {
      expect(parsePhone('+6591234567', country)).toEqual({ outcome: 'refused', problem: 'country' })
    },
  )

  test('no text makes it throw, and whatever is accepted is E.164', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'+0123456789 -()x;=,'.split('')) })
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), digits), (text) => {
        const parsed = parsePhone(text, 'SG')
        const e164 = parsed.outcome === 'phone' ? parsed.phone.e164 : '+10000000'
        expect(e164).toMatch(/^\+[1-9]\d{6,14}$/)
      }),
    )
  })
})

describe('the mask', () => {
  test('shows the last two digits and how many there are, and nothing else', () => {
    const e164 = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)
    fc.assert(
      fc.property(e164, (e164) => {
        const masked = maskPhone(e164)
        expect(masked).toMatch(/^\+•+\d\d$/)
        expect(masked).toHaveLength(e164.length)
        expect(masked.slice(-2)).toBe(e164.slice(-2))
      }),
    )
  })
})
