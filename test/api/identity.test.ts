import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIdentity } from '../../api/identity.ts'
import { maskPhone, type Phone } from '../../domain/phone.ts'

const identity = createIdentity(Buffer.alloc(32, 7))
const toPhone = (e164: string): Phone => ({ e164, country: 'SG', masked: maskPhone(e164) })
const phone = toPhone('+6591234567')
const app = { name: 'shop' }

/** What 8x8 lets a sub-account be called. */
const subAccountId = fc.stringMatching(/^[A-Za-z0-9\-._&]{3,50}$/)
const e164 = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)

describe('the workflow id of a number', () => {
  test('PII-2: is the same for the same number and key', () => {
    const again = createIdentity(Buffer.alloc(32, 7))
    expect(again.workflowId('acme', phone)).toBe(identity.workflowId('acme', phone))
  })

  test('PII-2: is another under another key', () => {
    const other = createIdentity(Buffer.alloc(32, 8))
    expect(other.workflowId('acme', phone)).not.toBe(identity.workflowId('acme', phone))
  })

  test('is another for another number', () => {
    fc.assert(
      fc.property(fc.uniqueArray(e164, { minLength: 2, maxLength: 20 }), (numbers) => {
        const ids = numbers.map((number) => identity.workflowId('acme', toPhone(number)))
        expect(new Set(ids).size).toBe(numbers.length)
      }),
    )
  })

  test('BIND-2: is another for the same number in another sub-account', () => {
    fc.assert(
      fc.property(fc.uniqueArray(subAccountId, { minLength: 2, maxLength: 20 }), (subAccounts) => {
        const ids = subAccounts.map((subAccount) => identity.workflowId(subAccount, phone))
        expect(new Set(ids).size).toBe(subAccounts.length)
      }),
    )
  })

  test('BIND-2: names the sub-account, and 128 bits of hash', () => {
    expect(identity.workflowId('acme', phone)).toMatch(/^login:acme:[A-Za-z0-9_-]{22}$/)
  })

  test('PII-1: holds no five digits of the number in a row', () => {
    fc.assert(
      fc.property(e164, (number) => {
        const id = identity.workflowId('acme', toPhone(number))
        const runs = Array.from({ length: number.length - 5 }, (_, first) =>
          number.slice(first + 1, first + 6),
        )
        expect(runs.filter((run) => id.includes(run))).toEqual([])
      }),
    )
  })

  test('knows a number by its E.164 alone', () => {
    const elsewhere: Phone = { ...phone, country: 'MY', masked: '' }
    expect(identity.workflowId('acme', elsewhere)).toBe(identity.workflowId('acme', phone))
  })
})

describe('a login id', () => {
  const workflowId = identity.workflowId('acme', phone)

  test.each([3, 4, 5, 17, 49, 50])(
    'leads back to its workflow with a sub-account of %i letters',
    (letters) => {
      const subAccount = 'a'.repeat(letters)
      const of = identity.workflowId(subAccount, phone)
      expect(identity.parseLoginId(identity.newLoginId(of))).toEqual({
        subAccountId: subAccount,
        workflowId: of,
      })
    },
  )

  test('leads back to its workflow, whatever the sub-account and the number', () => {
    fc.assert(
      fc.property(subAccountId, e164, (subAccount, number) => {
        const of = identity.workflowId(subAccount, toPhone(number))
        const parsed = identity.parseLoginId(identity.newLoginId(of))
        expect(parsed).toEqual({ subAccountId: subAccount, workflowId: of })
      }),
    )
  })

  test('leads back in another process, which need not have its key', () => {
    const other = createIdentity(Buffer.alloc(32, 8))
    expect(other.parseLoginId(identity.newLoginId(workflowId))?.workflowId).toBe(workflowId)
  })

  test('is never given twice for one number', () => {
    const ids = Array.from({ length: 1000 }, () => identity.newLoginId(workflowId))
    expect(new Set(ids).size).toBe(1000)
  })

  test('BIND-6: has 128 bits that are chance', () => {
    const ids = Array.from({ length: 200 }, () => identity.newLoginId(workflowId))
    const bits = ids.map((id) => {
      const random = Buffer.from(id.slice(3), 'base64url').subarray(0, 16)
      return [...random].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    })
    const constant = Array.from({ length: 128 }, (_, at) => new Set(bits.map((text) => text[at])).size)
    expect(constant).toEqual(Array.from({ length: 128 }, () => 2))
  })

  test('can stand in a URL as it is', () => {
    fc.assert(
      fc.property(subAccountId, (subAccount) => {
        const id = identity.newLoginId(identity.workflowId(subAccount, phone))
        expect(id).toMatch(/^lg_[A-Za-z0-9_-]+$/)
      }),
    )
  })

  test('PII-1: holds no five digits of the number in a row', () => {
    const id = identity.newLoginId(workflowId)
    const bytes = Buffer.from(id.slice(3), 'base64url').toString('latin1')
    const runs = ['65912', '59123', '91234', '12345', '23456', '34567']
    expect(runs.filter((run) => id.includes(run) || bytes.includes(run))).toEqual([])
  })
})

describe('what is no login id names nothing:', () => {
  const id = identity.newLoginId(identity.workflowId('acme', phone))
  const made = (subAccount: string | Buffer, bytes = 32) =>
    `lg_${Buffer.concat([Buffer.alloc(bytes, 7), Buffer.from(subAccount)]).toString('base64url')}`

  test('one that is made like it does name a login, so that the table below is no accident', () => {
    expect(identity.parseLoginId(made('acme'))?.subAccountId).toBe('acme')
  })

  test.each([
    ['nothing', ''],
    ['the prefix alone', 'lg_'],
    ['no prefix', id.slice(3)],
    ['another prefix', id.replace('lg_', 'evt_')],
    ['the prefix in capitals', id.replace('lg_', 'LG_')],
    ['a space before', ` ${id}`],
    ['a line end after', `${id}\n`],
    ['a path after', `${id}/../x`],
    ['padding', `${id}==`],
    [
      'the other base64',
      made(`a${'>?'.repeat(8)}`)
        .replaceAll('-', '+')
        .replaceAll('_', '/'),
    ],
    ['a letter less', id.slice(0, -1)],
    ['the random bits alone', made('', 16)],
    ['no sub-account', made('', 32)],
    ['a sub-account of two letters', made('ab')],
    ['a sub-account of 51 letters', made('a'.repeat(51))],
    ['a sub-account with a colon', made('ac:me')],
    ['a sub-account with a slash', made('../acme')],
    ['a sub-account with a line end', made('acme\n')],
    ['a sub-account that is no UTF-8', made(Buffer.from([0xff, 0xfe, 0xfd, 0xfc]))],
    ['a sub-account in other letters', made('акме')],
    ['a zero byte', made('acm\0')],
    ['something very long', `lg_${'A'.repeat(1_000_000)}`],
    ['a UUID', 'lg_0b5a0d7e-5a5a-4b6e-9f3e-6b1a2c3d4e5f'],
  ])('%s', (_, text) => {
    expect(identity.parseLoginId(text)).toBeUndefined()
  })

  test('any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(identity.parseLoginId(text)).toBeUndefined()
        expect(identity.parseLoginId(`lg_${text}`)).toBeUndefined()
      }),
    )
  })

  test('of texts in the right letters, only those that name a sub-account name a workflow', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 90 }), (bytes) => {
        const parsed = identity.parseLoginId(`lg_${Buffer.from(bytes).toString('base64url')}`)
        expect(parsed?.workflowId ?? 'login:acme:hash').toMatch(/^login:[A-Za-z0-9\-._&]{3,50}:[\w-]+$/)
      }),
    )
  })

  test('no two texts are the same login id', () => {
    const letters = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split(''),
    )
    fc.assert(
      fc.property(subAccountId, letters, (subAccount, letter) => {
        const original = identity.newLoginId(identity.workflowId(subAccount, phone))
        const altered = original.slice(0, -1) + letter
        const parsed = identity.parseLoginId(altered)
        expect(altered === original || parsed?.subAccountId !== subAccount).toBe(true)
      }),
    )
  })
})

describe('the HMACs of an idempotency key', () => {
  const body = { phone: '+6591234567', channel: 'sms', brand: 'Acme' }
  const of = (name = 'shop', endpoint = 'POST /v1/logins', key = 'k1', sent: unknown = body) =>
    identity.idempotency({ ...app, name }, endpoint, key, sent)

  test('RPL-5: are the same for the same request', () => {
    expect(of()).toEqual(of())
  })

  test.each([
    ['app', of('other')],
    ['endpoint', of('shop', 'POST /v1/logins/x/resend')],
    ['key', of('shop', 'POST /v1/logins', 'k2')],
  ])('another %s makes another key', (_, other) => {
    expect(other.key).not.toBe(of().key)
  })

  test.each([
    ['another value', { ...body, channel: 'call' }],
    ['a member more', { ...body, userId: 'u1' }],
    ['a member less', { phone: body.phone, channel: body.channel }],
    ['a number for a text', { ...body, brand: 1 }],
    ['no members', {}],
    ['a text', 'phone'],
    ['null', null],
    ['a value in another member', { phone: 'sms', channel: body.phone, brand: body.brand }],
  ])('a body with %s has another fingerprint', (_, other) => {
    expect(of('shop', 'POST /v1/logins', 'k1', other).fingerprint).not.toBe(of().fingerprint)
  })

  test('another body keeps the key, so that the conflict is seen', () => {
    expect(of('shop', 'POST /v1/logins', 'k1', {}).key).toBe(of().key)
  })

  test('the order of members is no other body', () => {
    const values = fc.oneof(fc.string(), fc.integer(), fc.boolean())
    const members = fc.uniqueArray(fc.tuple(fc.string(), values), {
      selector: ([name]) => name,
      maxLength: 8,
    })
    const shuffled = members.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    )
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        const [one, other] = [entries, others].map((each) => Object.fromEntries(each))
        expect(of('shop', 'e', 'k', other)).toEqual(of('shop', 'e', 'k', one))
      }),
    )
  })

  test('other bodies have other fingerprints', () => {
    const bodies = fc.uniqueArray(fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 }), {
      selector: (each) => JSON.stringify(Object.entries(each).toSorted()),
      maxLength: 10,
    })
    fc.assert(
      fc.property(bodies, (bodies) => {
        const fingerprints = bodies.map((each) => of('shop', 'e', 'k', each).fingerprint)
        expect(new Set(fingerprints).size).toBe(bodies.length)
      }),
    )
  })

  test('the border between app, endpoint and key cannot be moved', () => {
    const parts = fc.tuple(fc.string(), fc.string(), fc.string())
    fc.assert(
      fc.property(
        fc.uniqueArray(parts, { selector: (each) => JSON.stringify(each), maxLength: 20 }),
        (all) => {
          const keys = all.map(([name, endpoint, key]) => of(name, endpoint, key).key)
          expect(new Set(keys).size).toBe(all.length)
        },
      ),
    )
  })

  test.each([
    ['app, then endpoint', ['ab', 'c', 'k'], ['a', 'bc', 'k']],
    ['endpoint, then key', ['a', 'bc', 'k'], ['a', 'b', 'ck']],
    ['quotes', ['a","b', 'c', 'k'], ['a', 'b","c', 'k']],
  ] as const)('the border cannot be moved: %s', (_, one, other) => {
    expect(of(...one).key).not.toBe(of(...other).key)
  })

  test('PII-1: they show nothing of what they were made of', () => {
    const { key, fingerprint } = of('shop', 'POST /v1/logins', 'k1', { phone: '+6591234567' })
    expect(`${key} ${fingerprint}`).toMatch(/^[A-Za-z0-9_-]{22} [A-Za-z0-9_-]{22}$/)
  })

  test('PII-2: another lookup key makes other ones', () => {
    const other = createIdentity(Buffer.alloc(32, 8)).idempotency(app, 'POST /v1/logins', 'k1', body)
    expect([other.key, other.fingerprint]).not.toContain(of().key)
    expect(other.fingerprint).not.toBe(of().fingerprint)
  })
})
