import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given, invalidPointers, loginId } from './harness.ts'

const path = `/v1/logins/${loginId}/code`

describe('API-2: a code never reaches 8x8, and spends no attempt, when it is', () => {
  test.each([
    ['a number', 123456],
    ['too short', '12345'],
    ['too long', '1234567'],
    ['empty', ''],
    ['of letters', '12345a'],
    ['of other digits than ASCII', '١٢٣٤٥٦'],
    ['of full-width digits', '\uff11\uff12\uff13\uff14\uff15\uff16'],
    ['with space around it', ' 123456 '],
    ['with a line feed after it', '123456\n'],
    ['with a sign', '+12345'],
    ['null', null],
    ['an array', ['123456']],
    ['an array of digits', [1, 2, 3, 4, 5, 6]],
    ['an object', { $ne: '' }],
  ])('%s', async (_, code) => {
    const { post, wasGatewayReached } = given()
    const response = await post(path, { code })
    expect(response.status).toBe(422)
    expect(await invalidPointers(response)).toEqual(['/code'])
    expect(wasGatewayReached()).toBe(false)
  })

  test('missing', async () => {
    const { post } = given()
    expect(await invalidPointers(await post(path, {}))).toEqual(['/code'])
  })

  test('anything but a string of six digits in a member of its own', async () => {
    const { post, wasGatewayReached } = given()
    const isRight = (body: unknown) => /^\{"code":"\d{6}"\}$/.test(JSON.stringify(body))
    const bodies = fc.oneof(fc.jsonValue(), fc.record({ code: fc.oneof(fc.jsonValue(), fc.string()) }))
    await fc.assert(
      fc.asyncProperty(
        bodies.filter((body) => !isRight(body)),
        async (body) => {
          expect((await post(path, JSON.stringify(body))).status).toBe(422)
        },
      ),
      { numRuns: 200 },
    )
    expect(wasGatewayReached()).toBe(false)
  })
})

test('API-2: a refused code is not repeated in the answer or the log', async () => {
  const { post, lines } = given()
  const response = await post(path, { code: '2718281828' })
  expect(await response.text()).not.toContain('2718281828')
  expect(JSON.stringify(lines)).not.toContain('2718281828')
})

test('BIND-8: a code comes with nothing that the start has fixed', async () => {
  const { post } = given()
  const response = await post(path, { code: '123456', phone: '+6598765432', channel: 'call' })
  expect(await invalidPointers(response)).toEqual(['/phone', '/channel'])
})

test.each([4, 6, 10])('API-2: a code has the configured length of %i', async (codeLength) => {
  const { post, wasGatewayReached } = given({}, { codeLength })
  const code = '0123456789'.slice(0, codeLength)
  for (const wrong of [code.slice(1), `${code}0`]) {
    expect(await invalidPointers(await post(path, { code: wrong }))).toEqual(['/code'])
  }
  expect(wasGatewayReached()).toBe(false)
  await post(path, { code })
  expect(wasGatewayReached()).toBe(true)
})
