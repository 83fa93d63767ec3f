/** Row 50: logins pile up while no worker is there, and the worker that comes meets them all at once. */
import { temporal } from '@temporalio/proto'
import { expect, test } from 'vitest'
import { aPhone, openHouse } from '../../support/house.ts'
import { injected, observed } from '../../support/injected.ts'

const LOGINS = 10_000
/** How many starts are under way at once; each holds its caller for three seconds while nobody takes it. */
const AT_ONCE = 200
const VALIDITY_SECONDS = 120
/** A send that began in time may take as long (`sendTimeoutMs` of the house). */
const SEND_MS = 2000

test('OPS-13, row 50: of ten thousand logins that waited for a worker each ends, what is still in time is sent once, and the rest expires without a message', async ({
  task,
}) => {
  const house = await openHouse({ worker: 'none', policy: { codeValiditySeconds: VALIDITY_SECONDS } })
  const phones = new Map<string, ReturnType<typeof aPhone>>()
  while (phones.size < LOGINS) {
    const phone = aPhone()
    phones.set(phone.e164, phone)
  }

  const waiting = [...phones.values()]
  const until = new Map<string, number>()
  const lane = async () => {
    for (let phone = waiting.pop(); phone !== undefined; phone = waiting.pop()) {
      // As an app does that is told 503: again, with the same key.
      const idempotency = { key: phone.e164, fingerprint: '' }
      const started = await house.start(phone, { waitSeconds: 0, idempotency })
      if (started.outcome === 'started') {
        expect(started.login.status).toBe('sending')
        until.set(phone.e164, Date.parse(started.login.createdAt) + VALIDITY_SECONDS * 1000)
      } else {
        expect(started).toEqual({ outcome: 'unavailable' })
        observed(task, 'a start was told 503, and made again')
        waiting.push(phone)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))

  const { connection } = house.client
  const backlog = async () => {
    const { stats } = await connection.workflowService.describeTaskQueue({
      namespace: house.namespace,
      taskQueue: { name: house.taskQueue },
      taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      reportStats: true,
    })
    return Number(stats?.approximateBacklogCount ?? 0)
  }
  await expect.poll(backlog).toBeGreaterThanOrEqual(LOGINS)
  injected(task, 'no worker for 10,000 starts')
  // Half of them are late by now or will be before their turn; at least one is not.
  const inTime = [...until.values()].filter((at) => at > Date.now() + 5000)
  expect(inTime.length).toBeGreaterThan(0)
  expect(house.sends()).toEqual([])

  await house.startWorker()
  const count = async (status: string) => {
    const query = `TaskQueue = '${house.taskQueue}' AND WorkflowType = 'login' AND ${status}`
    return (await house.client.workflow.count(query)).count
  }
  const open = () => count("ExecutionStatus = 'Running'")
  await expect.poll(open, { timeout: 900_000, interval: 1000 }).toBe(0)
  expect(await count("ExecutionStatus = 'Completed' AND PosternStatus = 'expired'")).toBe(LOGINS)

  const sends = house.sends()
  observed(task, ...sends.map(() => 'sent in time'))
  observed(task, ...Array.from({ length: LOGINS - sends.length }, () => 'expired without a message'))
  expect(new Set(sends.map(({ phone }) => phone)).size).toBe(sends.length)
  const late = sends.filter(({ phone, at }) => Date.parse(at) > (until.get(phone ?? '') ?? 0) + SEND_MS)
  expect(late).toEqual([])
}, 1_200_000)
