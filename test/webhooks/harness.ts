/** Webhooks out on the real server: a namespace a test file, endpoints and receivers of one test. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { NativeConnection, type Worker } from '@temporalio/worker'
import { Webhook } from 'standardwebhooks'
import { afterAll, expect, inject, onTestFinished } from 'vitest'
import { createDeliveryActivities } from '../../activities/index.ts'
import { toEvent } from '../../domain/login.ts'
import { deliveryId, toWebhookEvent } from '../../domain/webhook.ts'
import type { Delivery, DeliveryRecord, Endpoint, FailingSpans } from '../../domain/webhook.ts'
import { startDelivery } from '../../platform/deliveries.ts'
import { createAttemptNotes, isDisabled } from '../../platform/endpoint-health.ts'
import { ensureSearchAttributes } from '../../platform/temporal.ts'
import { createDeliveryWorker, createEndpointWorker } from '../../platform/webhook-workers.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import { aLogin } from '../domain/webhooks.ts'
import { createConverter } from '../support/house.ts'

export const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

export type Received = {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly event: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }
}

/** Answers the n-th message (from 1), or leaves it to hang. */
export type Answer = (response: ServerResponse, n: number) => void

export const answer =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end()

/** Listens on 127.0.0.1 until the test ends. */
export async function openReceiver(reply: Answer = answer(204)) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      const event = JSON.parse(body) as Received['event']
      received.push({ headers: request.headers, body, event })
      reply(response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`
  return { url, received }
}

/** The reference library's word on what came over the wire; throws when it is not what it says. */
export function verified(secret: string, { headers, body }: Received): unknown {
  const text = (name: string) => String(headers[name])
  return new Webhook(secret).verify(body, {
    'webhook-id': text('webhook-id'),
    'webhook-timestamp': text('webhook-timestamp'),
    'webhook-signature': text('webhook-signature'),
  })
}

/** An event of a login that nobody else has. */
export function aDelivery(endpointId: string, more: Partial<Delivery> = {}): Delivery {
  const login = aLogin({ id: `lg_${randomBytes(40).toString('base64url')}` })
  const event = toEvent(login.id, [], Date.now(), { type: 'login.verified', data: { channel: 'sms' } })
  const { app = 'acme' } = more
  return { eventId: event.id, endpointId, app, event: toWebhookEvent(event, login, app), ...more }
}

/** Seven attempts within a few seconds. */
export const quickScheduleMs = [0, 50, 50, 50, 50, 50, 50]

let opened: ReturnType<typeof open> | undefined
const stops: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const stop of stops.reverse()) await stop()
})

/** What the tests of a file share: namespace, and the worker of the deliveries. */
export function openWebhooks() {
  return (opened ??= open())
}

async function open() {
  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  const native = await NativeConnection.connect({ address })
  const namespace = `test-${randomBytes(4).toString('hex')}`
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  })
  expect(await ensureSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)).toBeUndefined()
  const dataConverter = createConverter(namespace)
  const client = new Client({ connection, namespace, dataConverter })
  const common = { connection: native, namespace, dataConverter, shutdownGraceTime: 1000 }
  const run = (worker: Worker) => {
    const ended = worker.run()
    return async () => {
      worker.shutdown()
      await ended
    }
  }
  const workflowBundle = { codePath: inject('workflowBundle') }
  stops.push(() => native.close())
  // A namespace that was made a moment ago is not known everywhere at once.
  await expect
    .poll(() => createDeliveryWorker({ ...common, workflowBundle }).then((worker) => stops.push(run(worker))))
    .toBeGreaterThan(0)

  const endpointOf = (url: string, more: Partial<Endpoint> = {}): Endpoint => {
    return { id: `e-${randomBytes(6).toString('hex')}`, url, secrets: [newSecret()], concurrency: 5, ...more }
  }

  const result = async ({ eventId, endpointId }: Delivery) =>
    (await client.workflow.getHandle(deliveryId(eventId, endpointId)).result()) as DeliveryRecord

  return {
    client,
    namespace,
    /** What a worker process has of Temporal. */
    settings: { ...common, workflowBundle },
    endpointOf,
    /** An endpoint with a worker of its own, as worker.ts makes them. */
    async openEndpoint(url: string, more: Partial<Endpoint> = {}, spans?: FailingSpans): Promise<Endpoint> {
      const endpoint = endpointOf(url, more)
      const activities = createDeliveryActivities({
        endpoints: () => [{ ...endpoint, app: 'acme' }],
        isDisabled: (endpointId) => isDisabled(client, endpointId),
        noteAttempt: createAttemptNotes(client, spans),
        mayStayInside: true,
        limits: { connectMs: 2000, totalMs: 3000 },
      })
      onTestFinished(run(await createEndpointWorker({ ...common, activities }, endpoint)))
      return endpoint
    },
    start: (delivery: Delivery) => startDelivery(client, delivery),
    /** Starts it on the quick schedule, unless it has its own, and waits for its end. */
    deliver: async (delivery: Delivery): Promise<DeliveryRecord> => {
      await startDelivery(client, { scheduleMs: quickScheduleMs, ...delivery })
      return result(delivery)
    },
    result,
  }
}
