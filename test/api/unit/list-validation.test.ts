import { expect, test } from 'vitest'
import { given, invalidPointers } from './harness.ts'

const right = 'phone=%2B6591234567'

test.each([
  ['no phone', '', ['phone']],
  ['an empty phone', 'phone=', ['phone']],
  ['two phones', `${right}&${right}`, ['phone']],
  ['a long phone', `phone=${'1'.repeat(41)}`, ['phone']],
  ['a country in lower case', 'phone=91234567&country=sg', ['country']],
  ['no logins at all', `${right}&limit=0`, ['limit']],
  ['more than 20', `${right}&limit=21`, ['limit']],
  ['a limit that is no whole number', `${right}&limit=1.5`, ['limit']],
  ['a limit with more than a number', `${right}&limit=1e1`, ['limit']],
  ['an unknown parameter', `${right}&status=verified`, ['status']],
  ['several faults', 'limit=x&page=2', ['phone', 'limit', 'page']],
  ['a phone where a name should be', `${right}&%2B6591234567`, ['?']],
])('API-2: %s is refused, with the parameter named', async (_name, query, pointers) => {
  const { call, wasGatewayReached } = given()
  const response = await call('GET', `/v1/logins?${query}`)
  expect(await invalidPointers(response)).toEqual(pointers)
  expect(wasGatewayReached()).toBe(false)
})

test.each(['1', '9', '10', '19', '20'])('up to 20 logins may be asked for: %s', async (limit) => {
  const { call, wasGatewayReached } = given()
  await call('GET', `/v1/logins?${right}&limit=${limit}`)
  expect(wasGatewayReached()).toBe(true)
})

test('PII-15: the phone of a list is in no line of the log and in no error', async () => {
  const { call, lines } = given()
  const told: string[] = []
  for (const query of [
    right,
    `${right}&limit=0`,
    'phone=6591234567&country=SG',
    `${right}&%2B6591234567=1`,
  ]) {
    told.push(await (await call('GET', `/v1/logins?${query}`)).text())
  }
  const answered = lines.filter(({ message }) => message === 'answered')
  expect(answered.map(({ fields }) => fields.route)).toEqual(queriesOf('/v1/logins', 4))
  expect(JSON.stringify([lines, told])).not.toMatch(/91234567/)
})

const queriesOf = (route: string, times: number) => Array.from({ length: times }, () => route)
