/** docs/webhooks.md, held to what is sent: its bodies, its schedule, and its code, which is run. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { webhookEvent } from '../../activities/webhooks/event-schema.ts'
import { deliveryScheduleMs, eventTypes } from '../../domain/webhook.ts'
import { blocksOf, pageAt } from '../docs/pages.ts'
import { aDelivery, newSecret, openReceiver, openWebhooks, type Received } from './harness.ts'

const page = pageAt('docs/webhooks.md')
const blockOf = (language: string) => {
  const [block, ...more] = blocksOf(page).filter((candidate) => candidate.language === language)
  if (block === undefined || more.length > 0) throw new Error(`not one block of ${language}`)
  return block.text
}

const bodies = blocksOf(page)
  .filter(({ language }) => language === 'json')
  .map(({ text }) => JSON.parse(text) as { type: string })

test('the page shows a body of every event, each once', () => {
  expect(bodies.map(({ type }) => type)).toEqual([...eventTypes, 'webhook.test'])
})

test.each(bodies)('the body of $type is one that is sent', (body) => {
  expect(webhookEvent.parse(body)).toEqual(body)
})

test('the page tells the schedule as it is', () => {
  const words = deliveryScheduleMs.slice(1).map((ms) => {
    if (ms < 60_000) return `${ms / 1000} s`
    return ms < 3_600_000 ? `${ms / 60_000} min` : `${ms / 3_600_000} h`
  })
  const text = page.text.replaceAll('\n', ' ')
  expect(text).toContain(`${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''} after one another`)
  const minutes = Math.floor(deliveryScheduleMs.reduce((sum, ms) => sum + ms, 0) / 60_000)
  expect(text).toContain(`ten attempts in about ${Math.floor(minutes / 60)} h ${minutes % 60} min`)
  expect(deliveryScheduleMs).toHaveLength(10)
})

type Message = {
  readonly secret: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came over the wire, signed with one secret, or with another before it. */
async function messageWith(secrets: readonly [string, ...string[]]) {
  const webhooks = await openWebhooks()
  const { url, received } = await openReceiver()
  const endpoint = await webhooks.openEndpoint(url, { secrets })
  const delivery = aDelivery(endpoint.id)
  await webhooks.deliver(delivery)
  const [message] = received
  if (message === undefined) throw new Error('nothing was received')
  return { event: delivery.event, headers: plain(message), body: message.body }
}

const plain = ({ headers }: Received) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

/** Messages that must not pass, whatever is wrong with them. */
function forgeries({ secret, headers, body }: Message): readonly (readonly [string, Message])[] {
  const at = Number(headers['webhook-timestamp'])
  const withHeader = (name: string, value: string) => {
    return { secret, body, headers: { ...headers, [name]: value } }
  }
  return [
    ['another secret', { secret: newSecret(), headers, body }],
    ['another body', { secret, headers, body: body.replace('verified', 'canceled') }],
    ['another id', withHeader('webhook-id', 'evt_other_1')],
    ['another time', withHeader('webhook-timestamp', String(at + 1))],
    ['a time long ago', withHeader('webhook-timestamp', String(at - 301))],
    ['no signature', withHeader('webhook-signature', '')],
  ]
}

async function proves(verify: (message: Message) => unknown): Promise<void> {
  const secret = newSecret()
  const { event, ...single } = await messageWith([secret])
  expect(verify({ secret, ...single })).toEqual(event)
  for (const [name, forged] of forgeries({ secret, ...single })) {
    expect(() => verify(forged), name).toThrow()
  }
  const rotated = await messageWith([newSecret(), secret])
  expect(verify({ secret, headers: rotated.headers, body: rotated.body })).toEqual(rotated.event)
}

test('the TypeScript of the page proves what came over the wire, and refuses what did not', async () => {
  const { outputText } = ts.transpileModule(blockOf('ts'), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  })
  const exported: { verify?: (secret: string, headers: Message['headers'], body: string) => unknown } = {}
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the page's code is what is tested
  new Function('require', 'exports', outputText)(createRequire(import.meta.url), exported)
  await proves(({ secret, headers, body }) => {
    if (exported.verify === undefined) throw new Error('the page exports no verify')
    return exported.verify(secret, headers, body)
  })
})

const hasPython = spawnSync('python3', ['--version']).status === 0

test.skipIf(!hasPython)(
  'the Python of the page proves what came over the wire, and refuses what did not',
  async () => {
    const program = `${blockOf('python')}
import sys
given = json.load(sys.stdin)
print(json.dumps(verify(given["secret"], given["headers"], given["body"].encode())))
`
    await proves((message) => {
      const options = { input: JSON.stringify(message), encoding: 'utf8', stdio: 'pipe' } as const
      return JSON.parse(execFileSync('python3', ['-c', program], options))
    })
  },
)
