/** Row 50: logins pile up while no worker is there, and the worker that comes meets them all at once. */
import { temporal } from '@temporalio/proto'
import { expect, test } from 'vitest'
import { aPhone, openHouse } from '../../support/house.ts'
import { injected, observed } from '../../support/injected.ts'

const LOGINS = 10_000
/** How many starts are under way at once; each holds its caller for three seconds while nobody takes it. */
const AT_ONCE = 200
const VALIDITY_SECONDS = 120
/** One login of a hundred has more time than the worker needs for all of them. */
const PATIENT_SECONDS = 600
const PATIENT = LOGINS / 100
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
  const patient = waiting.filter((_, place) => place % 100 === 0)
  const patientApp = { ...house.app, policy: { ...house.policy, codeValiditySeconds: PATIENT_SECONDS } }
  const until = new Map<string, number>()
  const ids = new Map<string, string>()
  const lane = async () => {
    for (let phone = waiting.pop(); phone !== undefined; phone = waiting.pop()) {
      // As an app does that is told 503: again, with the same key.
      const idempotency = { key: phone.e164, fingerprint: '' }
      const app = patient.includes(phone) ? patientApp : house.app
      const started = await house.gateway.start(app, house.toStart(phone, { waitSeconds: 0, idempotency }))
      if (started.outcome === 'started') {
        expect(started.login.status).toBe('sending')
        const { codeValiditySeconds } = app.policy
        until.set(phone.e164, Date.parse(started.login.createdAt) + codeValiditySeconds * 1000)
        ids.set(phone.e164, started.login.id)
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
  expect(house.sends()).toEqual([])

  await house.startWorker()
  const sendsTo = (phone: string) => house.sends().filter((send) => send.phone === phone)
  for (const phone of patient) {
    await expect
      .poll(() => sendsTo(phone.e164).length, { timeout: 900_000, interval: 1000 })
      .toBeGreaterThan(0)
    const id = ids.get(phone.e164) ?? ''
    await house.until(id, ({ status }) => status === 'waiting_for_code')
    expect(await house.submit(id, house.codeFor(phone))).toMatchObject({ outcome: 'verified' })
  }
  const count = async (status: string) => {
    const query = `TaskQueue = '${house.taskQueue}' AND WorkflowType = 'login' AND ${status}`
    return (await house.client.workflow.count(query)).count
  }
  const open = () => count("ExecutionStatus = 'Running'")
  await expect.poll(open, { timeout: 900_000, interval: 1000 }).toBe(0)
  const ended = async (status: string) =>
    [status, await count(`ExecutionStatus = 'Completed' AND PosternStatus = '${status}'`)] as const
  const counts = await Promise.all(['verified', 'expired', 'failed', 'superseded'].map(ended))
  const expired = LOGINS - PATIENT
  expect(Object.fromEntries(counts)).toEqual({ verified: PATIENT, expired, failed: 0, superseded: 0 })

  const sends = house.sends()
  observed(task, ...sends.map(() => 'sent in time'))
  observed(task, ...Array.from({ length: LOGINS - sends.length }, () => 'expired without a message'))
  expect(new Set(sends.map(({ phone }) => phone)).size).toBe(sends.length)
  const late = sends.filter(({ phone, at }) => Date.parse(at) > (until.get(phone ?? '') ?? 0) + SEND_MS)
  expect(late).toEqual([])
}, 1_200_000)
