/** `npm run number -- show | clear | erase <phone>`: a number's budget and its runs, for operators. */
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { Client } from '@temporalio/client'
import type { LoginGateway, NumberResult } from '../api/gateway.ts'
import { createIdentity, type Identity } from '../api/identity.ts'
import { createLoginGateway } from '../api/login-gateway.ts'
import { eraseNumber, type ErasureResult } from '../api/login-gateway/erase.ts'
import { isDisabled } from '../domain/budget.ts'
import { parsePhone, type Phone } from '../domain/phone.ts'
import type { Policy } from '../domain/policy.ts'
import type { Config } from '../platform/config.ts'
import { toLenient } from '../platform/lenient-client.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import { readApps, subAccountOf } from './operator/apps.ts'
import { CommandError } from './operator/command-error.ts'
import { fail } from './operator/fail.ts'
import { runCommand, withClient } from './operator/run-command.ts'

const usage = `Usage: npm run number -- show <phone> [--app <name>]
       npm run number -- clear <phone> --why "<reason>" [--by "<who>"] [--app <name>]
       npm run number -- erase <phone> [--forget-budget] [--app <name>]

<phone> is E.164: +6591234567. A number has a budget in each 8x8 sub-account: when the apps have several, --app says
whose is meant.

\`clear\` forgives the number's failures and enables it when it was disabled; who and why are kept in the number's
history. Messages that were sent stay counted.

\`erase\` deletes the number's closed runs from the Temporal server, with them its budget, and the webhook deliveries of
its logins. It refuses while a login is open, and while the number is disabled, waiting or cannot be read with the keys,
unless --forget-budget says that this may be forgotten, too.
What 8x8 and log files keep is theirs to delete: docs/privacy.md.`

const NO_ANSWER = 'Temporal or a worker does not answer.'

const { positionals, values } = readArguments()
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
else await runCommand((config) => inPlace(config, (place) => run(place, parsed.phone)))

type KnownNumber = Exclude<NumberResult, { outcome: 'unavailable' }>

type Place = {
  readonly client: Client
  readonly identity: Identity
  readonly gateway: LoginGateway
  readonly policy: Policy
  readonly subAccountId: string
}

async function inPlace(config: Config, act: (place: Place) => Promise<string>): Promise<void> {
  const { policy, lookupKey } = config
  const subAccountId = subAccountOf(readApps(config.apps), values.app)
  const identity = createIdentity(lookupKey)
  const told = await withClient(config, (client) => {
    const gateway = createLoginGateway({ client, identity, policy, taskQueue: TASK_QUEUE, alarm: refuse })
    return act({ client, identity, gateway, policy, subAccountId })
  })
  process.stdout.write(told)
}

/** What cannot be read is not shown and not changed, and this says why. */
function refuse(why: string): never {
  throw new CommandError(`${why}.`)
}

async function show({ gateway, identity, subAccountId }: Place, phone: Phone): Promise<string> {
  const result = await gateway.number(subAccountId, phone)
  if (result.outcome === 'unavailable') throw new CommandError(NO_ANSWER)
  return tell(phone.masked, identity.workflowId(subAccountId, phone), result)
}

async function clear({ gateway, identity, subAccountId }: Place, phone: Phone): Promise<string> {
  const result = await gateway.clearNumber(subAccountId, phone, { by: values.by, why: values.why ?? '' })
  if (result.outcome === 'unavailable') {
    throw new CommandError(`${NO_ANSWER} The number may be cleared already, or soon: ask \`show\`.`)
  }
  return tell(phone.masked, identity.workflowId(subAccountId, phone), result)
}

async function erase({ client, identity, policy, subAccountId }: Place, phone: Phone): Promise<string> {
  const deps = { client: toLenient(client), identity, policy }
  const workflowId = identity.workflowId(subAccountId, phone)
  const result = await eraseNumber(deps, workflowId, values['forget-budget'])
  if (result.outcome !== 'erased' && result.outcome !== 'nothing') process.exitCode = 1
  return `${tellErasure(phone.masked, result)}\n`
}

function tellErasure(masked: string, result: ErasureResult): string {
  switch (result.outcome) {
    case 'erased':
      return `${masked}: ${result.runs} runs are deleted, and ${result.deliveries} webhook deliveries; the server knows no run of this number any more.`
    case 'nothing':
      return `${masked}: the server knows no run of this number.`
    case 'open':
      return `${masked}: a login is open, nothing was deleted. It ends within minutes; then repeat this.`
    case 'disabled':
      return `${masked} is disabled, nothing was deleted: without its runs it would be free again. --forget-budget does it.`
    case 'waiting': {
      const { reason, retryAt } = result.denial
      const until = retryAt === undefined ? '' : ` until ${new Date(retryAt).toISOString()}`
      return `${masked} waits${until} (${reason}), nothing was deleted: without its runs it would not. --forget-budget does it.`
    }
    case 'unreadable':
      return `${masked} cannot be read with ENCRYPTION_KEYS, nothing was deleted: it may be disabled, or wait. --forget-budget does it.`
    case 'unavailable':
      return `${masked}: Temporal does not answer, or is not done yet. Repeat this.`
  }
}

function tell(masked: string, workflowId: string, number: KnownNumber): string {
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

function readArguments() {
  const by = userInfo().username
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        app: { type: 'string' },
        why: { type: 'string' },
        by: { type: 'string', default: by },
        'forget-budget': { type: 'boolean', default: false },
      },
    })
  } catch {
    // An unknown option: the usage says which there are.
    return { positionals: [], values: { app: undefined, why: undefined, by, 'forget-budget': false } }
  }
}
