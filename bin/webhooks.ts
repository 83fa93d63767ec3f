/** `npm run webhooks -- list | redeliver | test | enable`: what became of webhooks, for operators. */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Client } from '@temporalio/client'
import { deliveryId, disabledId, endpointsOf, type Delivery, type DeliveryRecord } from '../domain/webhook.ts'
import { startDelivery } from '../platform/deliveries.ts'
import { enable, isDisabled, readDisabled, type Disabled } from '../platform/endpoint-health.ts'
import { toLenient } from '../platform/lenient-client.ts'
import { readApps } from './operator/apps.ts'
import { fail } from './operator/fail.ts'
import { runCommand, withClient } from './operator/run-command.ts'
import { listDeliveries, redeliver, tellAnswer, workflowIdPrefix } from './webhooks/deliveries.ts'

const usage = `Usage: npm run webhooks -- list [--undelivered]
       npm run webhooks -- redeliver <login id or event id>
       npm run webhooks -- test <endpoint>
       npm run webhooks -- enable <endpoint>

\`list\` shows the newest 200 deliveries. \`redeliver\` sends again, under the same webhook-id, what was sent before,
delivered or not. \`test\` sends an event webhook.test once, through a worker. \`enable\` takes an endpoint back that
was disabled because it answered 410 or failed for five days; what was undelivered meanwhile is for \`redeliver\`.`

const MOST_LISTED = 200
/** A worker makes an attempt within 15 s. */
const TEST_MS = 30_000
const ENABLE_MS = 10_000

const reasons: Readonly<Record<Disabled['reason'], string>> = {
  gone: 'it answered 410',
  failing: 'it took nothing for five days',
  unknown: 'why does not open with ENCRYPTION_KEYS',
}

/** `endpointIds`: of all that are configured. */
type Place = { readonly client: Client; readonly endpointIds: readonly string[] }
/** What to print. */
type Act = (place: Place) => Promise<string>

const { positionals, values } = readArguments()
const [command = '', argument = '', ...more] = positionals
const act = more.length > 0 ? undefined : toAct(command, argument)
if (act === undefined) fail(usage)
else {
  await runCommand(async (config) => {
    const endpointIds = endpointsOf(readApps(config.apps)).map(({ id }) => id)
    process.stdout.write(`${await withClient(config, (client) => act({ client, endpointIds }))}\n`)
  })
}

function toAct(name: string, given: string): Act | undefined {
  if (name === 'list') return given === '' ? list : undefined
  const prefix = workflowIdPrefix(given)
  if (name === 'redeliver') return prefix === undefined ? undefined : (place) => again(place, prefix)
  if (given === '') return undefined
  if (name === 'test') return (place) => known(place, given, test)
  return name === 'enable' ? (place) => known(place, given, takeBack) : undefined
}

async function list({ client, endpointIds }: Place): Promise<string> {
  const notes: string[] = []
  for (const id of endpointIds) {
    const disabled = await readDisabled(client, id)
    if (disabled) notes.push(tellDisabled(id, disabled))
  }
  // One delivery that does not open is listed without what its memo says, and takes no other's line away.
  const listed = await listDeliveries(toLenient(client), endpointIds, values.undelivered, MOST_LISTED)
  const rows = listed.map((one) => [
    one.startedAt.toISOString(),
    one.eventId,
    one.type,
    one.endpointId,
    one.app,
    one.status,
    String(one.attempts),
    one.last,
  ])
  const heading = ['since', 'event', 'type', 'endpoint', 'app', 'status', 'attempts', 'last answer']
  return [...notes, ...(rows.length === 0 ? ['No deliveries.'] : inColumns([heading, ...rows]))].join('\n')
}

function tellDisabled(id: string, { reason, since }: Disabled): string {
  return `Endpoint ${id} is disabled since ${since.toISOString()}: ${reasons[reason]}. To take it back: npm run webhooks -- enable ${id}`
}

async function again({ client }: Place, prefix: string): Promise<string> {
  const redelivered = await redeliver(client, prefix)
  if (redelivered.length === 0) {
    process.exitCode = 1
    return 'Temporal knows no delivery of it: it was never announced, or is forgotten after the retention.'
  }
  return redelivered
    .map(({ eventId, endpointId, outcome }) => {
      return `${eventId} to ${endpointId}: ${outcome === 'started' ? 'sent again' : 'is under way already'}`
    })
    .join('\n')
}

async function known(
  place: Place,
  endpointId: string,
  run: (place: Place, endpointId: string) => Promise<string>,
): Promise<string> {
  const { endpointIds } = place
  if (endpointIds.includes(endpointId)) return run(place, endpointId)
  process.exitCode = 1
  return `No endpoint ${endpointId} is configured; there is: ${endpointIds.join(', ') || 'none'}.`
}

async function test({ client }: Place, endpointId: string): Promise<string> {
  const delivery: Delivery = {
    eventId: `evt_test_${randomBytes(12).toString('hex')}`,
    endpointId,
    app: 'postern',
    event: { type: 'webhook.test', timestamp: new Date().toISOString(), data: { endpoint: endpointId } },
    scheduleMs: [0],
  }
  await startDelivery(client, delivery)
  const record = await resultWithin<DeliveryRecord>(client, deliveryId(delivery.eventId, endpointId), TEST_MS)
  if (record?.status !== 'delivered') process.exitCode = 1
  if (!record) return 'No worker has sent it. Is one running that knows this endpoint?'
  return `${delivery.eventId} to ${endpointId}: ${record.status}, ${tellAnswer(record.last)}`
}

async function takeBack({ client }: Place, endpointId: string): Promise<string> {
  if (!(await isDisabled(client, endpointId))) return `${endpointId} is not disabled.`
  await enable(client, endpointId)
  const ended = await resultWithin(client, disabledId(endpointId), ENABLE_MS)
  if (ended !== undefined)
    return `${endpointId} is enabled. What was undelivered: npm run webhooks -- list --undelivered`
  process.exitCode = 1
  return `${endpointId} will be enabled as soon as a worker runs.`
}

/** A workflow's result, null when it has none; `undefined` when it does not end in time. */
async function resultWithin<T>(
  client: Client,
  workflowId: string,
  limitMs: number,
): Promise<T | null | undefined> {
  try {
    const handle = client.workflow.getHandle(workflowId)
    const result: unknown = await client.withDeadline(Date.now() + limitMs, () => handle.result())
    return (result ?? null) as T | null
  } catch {
    return undefined
  }
}

function inColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { undelivered: { type: 'boolean', default: false } },
    })
  } catch {
    // An unknown option: the usage says which there are.
    return { positionals: [], values: { undelivered: false } }
  }
}
