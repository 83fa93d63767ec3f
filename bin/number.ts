/** `npm run number -- show | clear | erase <phone>`: a number's budget and its runs, for operators. */
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { Client } from '@temporalio/client'
import type { LoginGateway, NumberResult } from '../api/gateway.ts'
import { createIdentity, type Identity } from '../api/identity.ts'
import { createLoginGateway } from '../api/login-gateway.ts'
import { eraseNumber, type ErasureResult } from '../api/login-gateway/erase.ts'
import { createRuns } from '../api/login-gateway/runs.ts'
import { isDisabled } from '../domain/budget.ts'
import { parsePhone, type Phone } from '../domain/phone.ts'
import { ConfigError, readConfig, type Config } from '../platform/config.ts'
import { connectClient } from '../platform/temporal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'

const usage = `Usage: npm run number -- show <phone>
       npm run number -- clear <phone> --why "<reason>" [--by "<who>"]
       npm run number -- erase <phone> [--forget-budget]

<phone> is E.164: +6591234567. \`clear\` forgives the number's failures and enables it when it was disabled;
who and why are kept in the number's history. Messages that were sent stay counted.

\`erase\` deletes the number's closed runs from the Temporal server, and with them its budget. It refuses while a login
is open, and while the number is disabled or waiting, unless --forget-budget says that this may be forgotten, too.
What 8x8 and log files keep is theirs to delete: docs/privacy.md.`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    why: { type: 'string' },
    by: { type: 'string', default: userInfo().username },
    'forget-budget': { type: 'boolean', default: false },
  },
})
const [command = '', text = ''] = positionals
const commands: Readonly<Record<string, (place: Place, phone: Phone) => Promise<string>>> = {
  show,
  clear,
  erase,
}
const run = Object.hasOwn(commands, command) ? commands[command] : undefined
const parsed = parsePhone(text)
if (parsed.outcome !== 'phone' || run === undefined) fail(usage)
else if (command === 'clear' && !values.why?.trim()) fail(`--why is missing\n\n${usage}`)
else await connected((place) => run(place, parsed.phone))

type Place = {
  readonly client: Client
  readonly identity: Identity
  readonly gateway: LoginGateway
  readonly config: Config
}

async function connected(act: (place: Place) => Promise<string>): Promise<void> {
  try {
    const config = readConfig()
    const client = await connectClient(config, (alarm) => process.stderr.write(`${alarm}\n`))
    const identity = createIdentity(config.lookupKey)
    const gateway = createLoginGateway({ client, identity, policy: config.policy, taskQueue: TASK_QUEUE })
    process.stdout.write(await act({ client, identity, gateway, config }))
    await client.connection.close()
  } catch (error) {
    fail(error instanceof ConfigError ? error.message : `Temporal cannot be reached: ${String(error)}`)
  }
}

async function show({ gateway, identity, config }: Place, phone: Phone): Promise<string> {
  const { subAccountId } = config.eightByEight
  const result = await gateway.number(subAccountId, phone)
  return tell(phone.masked, identity.workflowId(subAccountId, phone), result)
}

async function clear({ gateway, identity, config }: Place, phone: Phone): Promise<string> {
  const { subAccountId } = config.eightByEight
  const result = await gateway.clearNumber(subAccountId, phone, { by: values.by, why: values.why ?? '' })
  return tell(phone.masked, identity.workflowId(subAccountId, phone), result)
}

async function erase({ client, identity, config }: Place, phone: Phone): Promise<string> {
  const { policy, eightByEight } = config
  const runs = createRuns(client, identity)
  const workflowId = identity.workflowId(eightByEight.subAccountId, phone)
  const result = await eraseNumber({ client, runs, policy }, workflowId, values['forget-budget'])
  if (result.outcome !== 'erased' && result.outcome !== 'nothing') process.exitCode = 1
  return `${tellErasure(phone.masked, result)}\n`
}

function tellErasure(masked: string, result: ErasureResult): string {
  switch (result.outcome) {
    case 'erased':
      return `${masked}: ${result.runs} runs are deleted; the server knows nothing of this number any more.`
    case 'nothing':
      return `${masked}: the server knows nothing of this number.`
    case 'open':
      return `${masked}: a login is open, nothing was deleted. It ends within minutes; then repeat this.`
    case 'disabled':
      return `${masked} is disabled, nothing was deleted: without its runs it would be free again. --forget-budget does it.`
    case 'waiting': {
      const { reason, retryAt } = result.denial
      const until = retryAt === undefined ? '' : ` until ${new Date(retryAt).toISOString()}`
      return `${masked} waits${until} (${reason}), nothing was deleted: without its runs it would not. --forget-budget does it.`
    }
    case 'unavailable':
      return `${masked}: Temporal does not answer, or is not done yet. Repeat this.`
  }
}

function tell(masked: string, workflowId: string, number: NumberResult): string {
  if (number.outcome === 'unavailable') {
    process.exitCode = 1
    return 'Temporal or a worker does not answer; nothing was changed for certain.\n'
  }
  const { budget, denial, sendsLeft } = number
  const until = denial?.retryAt === undefined ? '' : ` until ${new Date(denial.retryAt).toISOString()}`
  const rows = [
    ['number', masked],
    ['workflow', workflowId],
    [
      'state',
      isDisabled(budget)
        ? 'disabled: only `clear` helps'
        : denial
          ? `waits${until} (${denial.reason})`
          : 'free',
    ],
    ['failures in a row', String(budget.failures.count)],
    ['… of enrolments', String(budget.enrolmentFailures.count)],
    ['sends, last 24 h', budget.sends.map((at) => new Date(at).toISOString()).join('\n') || 'none'],
    ['sends left now', String(sendsLeft)],
  ]
  return rows
    .map(([name = '', value = '']) => `${name.padEnd(18)} ${value.replaceAll('\n', `\n${' '.repeat(19)}`)}\n`)
    .join('')
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
