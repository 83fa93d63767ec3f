/** `npm run number -- show <phone>` and `… clear <phone> --why "…"`: a number's budget, for operators. */
import { userInfo } from 'node:os'
import { parseArgs } from 'node:util'
import type { NumberResult } from '../api/gateway.ts'
import { createIdentity } from '../api/identity.ts'
import { createLoginGateway } from '../api/login-gateway.ts'
import { parsePhone } from '../domain/phone.ts'
import { isDisabled } from '../domain/budget.ts'
import { ConfigError, readConfig } from '../platform/config.ts'
import { connectClient } from '../platform/temporal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'

const usage = `Usage: npm run number -- show <phone>
       npm run number -- clear <phone> --why "<reason>" [--by "<who>"]

<phone> is E.164: +6591234567. \`clear\` forgives the number's failures and enables it when it was disabled;
who and why are kept in the number's history. Messages that were sent stay counted.`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { why: { type: 'string' }, by: { type: 'string', default: userInfo().username } },
})
const [command, text = ''] = positionals
const parsed = parsePhone(text)
if (parsed.outcome !== 'phone' || (command !== 'show' && command !== 'clear')) fail(usage)
else if (command === 'clear' && !values.why?.trim()) fail(`--why is missing\n\n${usage}`)
else await run(command, values.why ?? '')

async function run(action: 'show' | 'clear', why: string): Promise<void> {
  if (parsed.outcome !== 'phone') return
  try {
    const config = readConfig()
    const client = await connectClient(config, (text) => process.stderr.write(`${text}\n`))
    const identity = createIdentity(config.lookupKey)
    const gateway = createLoginGateway({ client, identity, policy: config.policy, taskQueue: TASK_QUEUE })
    const { subAccountId } = config.eightByEight
    const result = await (action === 'show'
      ? gateway.number(subAccountId, parsed.phone)
      : gateway.clearNumber(subAccountId, parsed.phone, { by: values.by, why }))
    await client.connection.close()
    if (result.outcome === 'unavailable')
      fail('Temporal or a worker does not answer; nothing was changed for certain.')
    else
      process.stdout.write(tell(parsed.phone.masked, identity.workflowId(subAccountId, parsed.phone), result))
  } catch (error) {
    fail(error instanceof ConfigError ? error.message : `Temporal cannot be reached: ${String(error)}`)
  }
}

function tell(
  masked: string,
  workflowId: string,
  number: Exclude<NumberResult, { outcome: 'unavailable' }>,
): string {
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
