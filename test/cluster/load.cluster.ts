/** Row 50: more than the cluster may carry; and how much it carries with one, two and three workers. */
import { temporal } from '@temporalio/proto'
import { expect, test } from 'vitest'
import { describeMachine, tellMachine } from '../../bench/machine.ts'
import { inParallel } from '../../bench/rounds.ts'
import { percentile } from '../../bench/statistics.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { injected, observed } from '../support/injected.ts'
import { signIn } from './people.ts'
import { useStack } from './use-stack.ts'
import { NAMESPACE, SHARDS } from './temporal.ts'

const CODE_VALIDITY_SECONDS = 60
/** Requests a second that the frontend takes; a login needs about fifteen. */
const NARROW_RPS = 15
const CROWD = 150

const WORKERS = [1, 2, 3]
const LOGINS = 240
const AT_ONCE = 32
const WARM_UP = 48

const stack = useStack({ workers: Math.max(...WORKERS), codeValiditySeconds: CODE_VALIDITY_SECONDS })

/** Tasks that wait for a worker. */
async function backlog(): Promise<number> {
  const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = temporal.api.enums.v1.TaskQueueType
  const counts = [TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY].map(async (taskQueueType) => {
    const { stats } = await stack().client.workflowService.describeTaskQueue({
      namespace: NAMESPACE,
      taskQueue: { name: TASK_QUEUE },
      taskQueueType,
      reportStats: true,
    })
    return Number(stats?.approximateBacklogCount ?? 0)
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

test('row 50: when more come than the namespace may carry, those who get no code are told 429 or 503, nobody gets one too late, and then all is well', async ({
  task,
}) => {
  const { frontend } = stack().temporal
  const narrow = await stack().temporal.dynamicConfigWith(
    `frontend.namespaceRPS:\n  - value: ${NARROW_RPS}\nfrontend.namespaceBurstRatio:\n  - value: 1\n`,
  )
  await frontend.end('SIGTERM')
  await frontend.start(narrow)
  injected(task, `a limit of ${NARROW_RPS} requests a second, and ${CROWD} people at once`)
  const phones = Array.from({ length: CROWD }, stack().newPhone)
  const since = Date.now()
  const answers = await Promise.all(phones.map((phone) => stack().post('/v1/logins', { phone })))
  observed(task, ...answers.map(({ httpStatus }) => `${httpStatus}`))
  expect(
    answers.map(({ httpStatus }) => httpStatus).filter((status) => ![201, 202, 429, 503].includes(status)),
  ).toEqual([])
  const refused = answers.filter(({ httpStatus }) => httpStatus >= 400)
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([])
  // As long as a code lives: what waits now comes too late.
  const isOver = () => Date.now() > since + CODE_VALIDITY_SECONDS * 1000
  await expect.poll(isOver, { timeout: 2 * CODE_VALIDITY_SECONDS * 1000 }).toBe(true)
  await frontend.end('SIGTERM')
  await frontend.start()

  await expect.poll(() => signIn(stack(), { patienceSeconds: 20 }), { timeout: 120_000 }).toBe('verified')
  await expect.poll(backlog, { timeout: 120_000, interval: 500 }).toBe(0)
  const open = async () => (await stack().client.workflow.count("ExecutionStatus = 'Running'")).count
  await expect.poll(open, { timeout: 180_000, interval: 1000 }).toBe(0)
  const { runs } = await stack().evidence()
  const late = runs.flatMap(({ input, startedAt }) => {
    const deadline = startedAt + input.policy.codeValiditySeconds * 1000
    return stack()
      .sends(input.phone)
      .filter(({ at }) => Date.parse(at) > deadline)
  })
  expect(late).toEqual([])
  observed(task, ...runs.map(({ record, status }) => `login ${record?.login.status ?? status}`))
  expect(stack().fallen()).toEqual([])
  expect(await stack().violations({ isOver: true, outageMs: Date.now() - since })).toEqual([])
})

test('throughput is measured with one, two and three workers, and no login fails', async ({ task }) => {
  const rows: string[] = []
  const machine = tellMachine(await describeMachine(stack().client))
  for (const count of WORKERS) {
    for (const [n, worker] of stack().workers.entries()) {
      if (n < count) await worker.mend()
      else await worker.end('SIGTERM')
    }
    await round(WARM_UP)
    const { perSecond, startMs, codeMs } = await round(LOGINS)
    const times = [startMs, codeMs].flatMap((all) => [percentile(all, 50), percentile(all, 99)])
    rows.push(`| ${[count, perSecond.toFixed(1), ...times.map((ms) => ms.toFixed(0))].join(' | ')} |`)
  }
  const table = `| workers | logins/s | start p50 | start p99 | code p50 | code p99 |
|---|---|---|---|---|---|
${rows.join('\n')}

Times in milliseconds. ${LOGINS} logins each, ${AT_ONCE} at once; ${SHARDS} shards; everything on one machine: ${machine}.`
  task.meta.measured = [table]
})

/** So many logins, none of which may fail or cost a second message. */
async function round(logins: number) {
  const startMs: number[] = []
  const codeMs: number[] = []
  const phones = Array.from({ length: logins }, stack().newPhone)
  const began = performance.now()
  const failures = await inParallel(phones, AT_ONCE, async (phone) => {
    const app = stack().app()
    const asked = performance.now()
    const started = await app.start({ phone }, { waitSeconds: 30 })
    const sent = performance.now()
    const { status } = await app.submit(started.id, stack().codeFor(phone))
    if (status !== 'verified') throw new Error(`a login is ${status}`)
    startMs.push(sent - asked)
    codeMs.push(performance.now() - sent)
  })
  const perSecond = logins / ((performance.now() - began) / 1000)
  expect(failures).toEqual([])
  expect(phones.filter((phone) => stack().sends(phone).length !== 1)).toEqual([])
  return { perSecond, startMs, codeMs }
}
