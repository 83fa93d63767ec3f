/** An API process killed in the middle of a request (fault rows 1 and 5): the same key finds what it began. */
import { expect, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'
import { API_KEY, startApiProcess, startWorkerProcess } from '../support/processes.ts'

const openEmptyHouse = () =>
  openHouse({ worker: 'none', forProcesses: true, policy: { resendIntervalSeconds: 30 } })

function post(port: number, path: string, body: unknown, key: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  })
}

async function openApi(house: House) {
  const port = await freePort()
  return { port, process: await startApiProcess(house, port) }
}

test('row 5: a start whose API was killed is found by its key: one login, one message, ten retries', async () => {
  const house = await openEmptyHouse()
  await startWorkerProcess(house)
  const phone = aPhone()
  const body = { phone: phone.e164 }
  const { port, process } = await openApi(house)
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const lost = post(port, '/v1/logins', body, 'once').catch(() => 'lost')
  await expect.poll(() => house.sends().length).toBe(1)
  await process.kill()
  expect(await lost).toBe('lost')

  const again = await openApi(house)
  const ids = new Set<unknown>()
  for (let retry = 0; retry < 10; retry += 1) {
    const answer = await post(again.port, '/v1/logins', body, 'once')
    expect(answer.status).toBe(201)
    ids.add(((await answer.json()) as { id: string }).id)
  }
  expect(ids.size).toBe(1)
  expect(house.sends()).toHaveLength(1)
}, 60_000)

test('row 2: a code whose API was killed has its verdict, and the retry gets the same', async () => {
  const house = await openEmptyHouse()
  await startWorkerProcess(house)
  const phone = aPhone()
  const { port, process } = await openApi(house)
  const started = await post(port, '/v1/logins', { phone: phone.e164 }, 'start')
  const { id } = (await started.json()) as { id: string }
  const body = { code: house.codeFor(phone) }
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const lost = post(port, `/v1/logins/${id}/code`, body, 'code').catch(() => 'lost')
  await expect.poll(() => house.checks().length).toBe(1)
  await process.kill()
  expect(await lost).toBe('lost')

  const again = await openApi(house)
  const answers = [1, 2].map(() => post(again.port, `/v1/logins/${id}/code`, body, 'code'))
  const logins = await Promise.all(answers.map(async (answer) => (await answer).json() as Promise<object>))
  expect(logins[0]).toMatchObject({ status: 'verified' })
  expect(logins[1]).toEqual(logins[0])
  expect(house.checks()).toHaveLength(1)
}, 60_000)

test('OPS-10: an API that is asked to stop answers what it has begun, and exits with 0', async () => {
  const house = await openEmptyHouse()
  await startWorkerProcess(house)
  const phone = aPhone()
  const { port, process } = await openApi(house)
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const answer = post(port, '/v1/logins', { phone: phone.e164 }, 'once')
  await expect.poll(() => house.sends().length).toBe(1)
  const status = process.drain()
  expect((await answer).status).toBe(201)
  expect(await status).toBe(0)
}, 60_000)
