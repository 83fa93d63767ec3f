/** A house whose API and worker trace as the processes do, and the collector that takes their spans, in one test. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@temporalio/client'
import { expect, inject, onTestFinished } from 'vitest'
import { z } from 'zod'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import { traced } from '../../activities/eight-by-eight/traced.ts'
import { createActivities } from '../../activities/index.ts'
import { createLoginGateway } from '../../api/login-gateway.ts'
import { openTraces, type Traces } from '../../platform/telemetry/traces.ts'
import { plainEffects } from '../support/effects.ts'
import { openHouse } from '../support/house.ts'
import { openHttp } from '../support/http.ts'

export type SeenSpan = {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly attributes: Readonly<Record<string, string | number>>
  /** 0 unset, 1 well, 2 failed. */
  readonly status: number
}

const value = z
  .object({ stringValue: z.string().optional(), intValue: z.union([z.number(), z.string()]).optional() })
  .transform(({ stringValue, intValue }) => stringValue ?? Number(intValue))
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((all) => Object.fromEntries(all.map((one) => [one.key, one.value])))
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              attributes,
              status: z.object({ code: z.number().default(0) }),
            }),
          ),
        }),
      ),
    }),
  ),
})

/** Takes OTLP/HTTP in JSON on a socket of its own. */
export async function openCollector() {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      bodies.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const spans = (): SeenSpan[] =>
    bodies.flatMap((body) =>
      exported.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap((scope) =>
          scope.spans.map(({ status, parentSpanId, ...span }) => ({
            ...span,
            parentSpanId,
            status: status.code,
            service: String(resource.attributes['service.name']),
          })),
        ),
      ),
    )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    /** Every byte that was exported. */
    bytes: () => Buffer.from(bodies.join('\n')),
    spans,
    /** All spans, as soon as there is one of this name for which `isIt`. */
    async until(name: string, isIt: (span: SeenSpan) => boolean = () => true): Promise<readonly SeenSpan[]> {
      const found = () => spans().filter((span) => span.name === name && isIt(span))
      await expect.poll(found).not.toEqual([])
      return spans()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

type Line = { readonly level: 'info' | 'warn'; readonly fields: object; readonly message: string }

/** @param endpoint where the spans go, a collector's or nobody's */
export async function openTracedHouse(endpoint: string) {
  const lines: Line[] = []
  const write = (level: Line['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  const log = { info: write('info'), warn: write('warn') }
  const open = async (part: 'api' | 'worker'): Promise<Traces> => {
    const traces = await openTraces(
      part,
      { endpoint, serviceName: undefined, batchMs: 50, exportMs: 500 },
      log,
    )
    if (traces === undefined) throw new Error('no traces with an endpoint')
    onTestFinished(() => traces.close())
    return traces
  }
  const [ofApi, ofWorker] = [await open('api'), await open('worker')]

  const house = await openHouse({ worker: 'none' })
  const { namespace, dataConverter, identity, policy, taskQueue } = house
  const where = { version: 'v2', baseUrl: house.sandboxUrl } as const
  const eightByEight = traced(
    createEightByEight({
      ...where,
      subAccountId: 'acme',
      apiKey: 'sandbox-key',
      sendTimeoutMs: 2000,
      checkTimeoutMs: 2000,
    }),
    where,
    ofWorker.begin,
  )
  const startWorker = () =>
    house.startWorker({
      workflowBundle: { codePath: inject('workflowBundle') },
      activities: createActivities({ ...plainEffects(), eightByEight: () => eightByEight }),
      ...ofWorker.worker,
    })
  const worker = await startWorker()
  const client = new Client({
    connection: house.client.connection,
    namespace,
    dataConverter,
    interceptors: ofApi.client,
  })
  const gateway = createLoginGateway({ client, identity, policy, taskQueue })
  const api = await openHttp(house, { gateway, traces: ofApi.requests })
  return { house, api, lines, worker, startWorker, client }
}

/** From a span up to its root, by name and service; a parent that never came is `?`. */
export function wayUp(spans: readonly SeenSpan[], span: SeenSpan): readonly string[] {
  const way = [`${span.service} ${span.name}`]
  if (span.parentSpanId === undefined) return way
  const parent = spans.find(({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId)
  return [...way, ...(parent ? wayUp(spans, parent) : ['?'])]
}
