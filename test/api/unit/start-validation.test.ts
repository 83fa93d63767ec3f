import { describe, expect, test } from 'vitest'
import { given, invalidPointers, problemOf } from './harness.ts'

const phone = '+6591234567'

describe('API-3: a start is refused, and points at what is wrong, with', () => {
  test.each([
    ['no phone', {}, ['/phone']],
    ['an array of phones', { phone: [phone] }, ['/phone']],
    ['an object for a phone', { phone: { number: phone } }, ['/phone']],
    ['a number for a phone', { phone: 6591234567 }, ['/phone']],
    ['null for a phone', { phone: null }, ['/phone']],
    ['an empty phone', { phone: '' }, ['/phone']],
    ['a phone of more than 40 characters', { phone: `${phone}${' '.repeat(40)}` }, ['/phone']],
    ['a control character in the phone', { phone: `${phone}\u0000` }, ['/phone']],
    ['a country in lower case', { phone, country: 'sg' }, ['/country']],
    ['a country of three letters', { phone, country: 'SGP' }, ['/country']],
    ['an unknown channel', { phone, channel: 'fax' }, ['/channel']],
    ['null for a channel', { phone, channel: null }, ['/channel']],
    ['an empty brand', { phone, brand: '' }, ['/brand']],
    ['a brand of 31 characters', { phone, brand: 'x'.repeat(31) }, ['/brand']],
    ['a line feed in the brand', { phone, brand: 'Shop\nhttps://evil.example' }, ['/brand']],
    ['a line separator in the brand', { phone, brand: 'Shop\u2028' }, ['/brand']],
    ['half of a surrogate pair in the brand', { phone, brand: 'Shop\ud83d' }, ['/brand']],
    ['a language that is none', { phone, language: 'english!' }, ['/language']],
    ['a language of more than 20 characters', { phone, language: 'en-abcdefgh-abcdefgh-ab' }, ['/language']],
    ['an empty user id', { phone, userId: '' }, ['/userId']],
    ['a user id of 129 characters', { phone, userId: 'u'.repeat(129) }, ['/userId']],
    ['a nonce of 257 characters', { phone, nonce: 'n'.repeat(257) }, ['/nonce']],
    ['a host name for an address', { phone, clientIp: 'localhost' }, ['/clientIp']],
    ['an address with a port', { phone, clientIp: '192.0.2.1:80' }, ['/clientIp']],
    ['an address with a zone', { phone, clientIp: 'fe80::1%eth0' }, ['/clientIp']],
    ['an unknown purpose', { phone, purpose: 'payment' }, ['/purpose']],
    ['several mistakes', { phone: 1, channel: 2, purpose: 3 }, ['/phone', '/channel', '/purpose']],
  ])('%s', async (_, body, pointers) => {
    const { post, wasGatewayReached } = given()
    const response = await post('/v1/logins', body)
    expect(response.status).toBe(422)
    expect(await invalidPointers(response)).toEqual(pointers)
    expect(wasGatewayReached()).toBe(false)
  })
})

describe('API-4: a member that nobody knows', () => {
  test.each([
    ['{"phone":"+6591234567","admin":true}', ['/admin']],
    ['{"phone":"+6591234567","__proto__":{"channel":"call"}}', ['/__proto__']],
    ['{"phone":"+6591234567","constructor":{"prototype":{}}}', ['/constructor']],
    ['{"phone":"+6591234567","a/b":1,"c~d":2}', ['/a~1b', '/c~0d']],
    ['{"Phone":"+6591234567"}', ['/phone', '/Phone']],
    ['{"phone":"+6591234567","code":"123456"}', ['/code']],
  ])('is refused: %s', async (text, pointers) => {
    const { post } = given()
    expect(await invalidPointers(await post('/v1/logins', text))).toEqual(pointers)
    expect({}).not.toHaveProperty('channel')
  })

  test('is named up to twenty times', async () => {
    const { post } = given()
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, index]))
    expect(await invalidPointers(await post('/v1/logins', { phone, ...many }))).toHaveLength(20)
  })
})

test('API-4: of two phones in one body the last one counts', async () => {
  const { post } = given()
  const response = await post('/v1/logins', '{"phone":"+6591234567","phone":"none"}')
  await problemOf(response, 'phone-invalid')
})

describe('API-3: a phone that cannot receive a code', () => {
  test.each([
    ['a national number without its country', { phone: '91234567' }, '/phone'],
    ['a number that its country does not have', { phone: '+6511111111' }, '/phone'],
    ['a number with an extension', { phone: '+6591234567 ext. 5' }, '/phone'],
    ['a number inside other text', { phone: 'call +6591234567' }, '/phone'],
    ['two numbers', { phone: '+6591234567,+6598765432' }, '/phone'],
    ['a country that is none', { phone: '91234567', country: 'ZZ' }, '/country'],
  ])('is refused: %s', async (_, body, pointer) => {
    const { post, wasGatewayReached } = given()
    const response = await post('/v1/logins', body)
    expect(response.status).toBe(422)
    const { errors } = await problemOf(response, 'phone-invalid')
    expect(errors?.map((error) => error.pointer)).toEqual([pointer])
    expect(wasGatewayReached()).toBe(false)
  })
})

describe('a country that the app does not allow', () => {
  test('is refused', async () => {
    const { post, wasGatewayReached } = given({ allowedCountries: ['SG', 'MY'] })
    const response = await post('/v1/logins', { phone: '+442079460958' })
    expect(response.status).toBe(403)
    expect((await problemOf(response, 'phone-not-allowed')).reason).toBe('country')
    expect(wasGatewayReached()).toBe(false)
  })

  test('is refused by the number, whatever country came with it', async () => {
    const { post } = given({ allowedCountries: ['SG'] })
    const response = await post('/v1/logins', { phone: '+442079460958', country: 'SG' })
    await problemOf(response, 'phone-not-allowed')
  })

  test('is every one when the list is empty', async () => {
    const { post } = given({ allowedCountries: [] })
    await problemOf(await post('/v1/logins', { phone }), 'phone-not-allowed')
  })
})

describe('an Idempotency-Key', () => {
  test.each([[''], ['   '], ['k'.repeat(256)], ['schlüssel']])('is refused: %j', async (key) => {
    const { post } = given()
    const response = await post('/v1/logins', { phone }, { 'idempotency-key': key })
    expect(await invalidPointers(response)).toEqual(['Idempotency-Key'])
  })
})

describe('a start passes with', () => {
  test.each([
    ['nothing but a phone', { phone }],
    ['a national number and its country', { phone: '9123 4567', country: 'SG' }],
    [
      'the longest of everything',
      {
        phone,
        channel: 'call',
        brand: '😀'.repeat(30),
        language: 'zh-Hant-TW',
        userId: 'u'.repeat(128),
        nonce: 'n'.repeat(256),
        clientIp: '2001:db8::1',
        purpose: 'enrolment',
      },
    ],
    ['an address of the older kind', { phone, clientIp: '192.0.2.1' }],
  ])('%s', async (_, body) => {
    const { post, wasGatewayReached } = given({ allowedCountries: ['SG'] })
    await post('/v1/logins', body, { 'idempotency-key': ' ~'.repeat(127), prefer: 'wait=1' })
    expect(wasGatewayReached()).toBe(true)
  })
})
