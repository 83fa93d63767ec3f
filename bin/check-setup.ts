/** `npm run check-setup`: asks all that Postern rests on, and says what is missing or unsafe. It changes and sends nothing. */
import { parseArgs } from 'node:util'
import { ConfigError, readConfig, type Config } from '../platform/config.ts'
import { checkClock } from './check-setup/clock.ts'
import { checkEightByEight } from './check-setup/eight-by-eight.ts'
import { tell, tellTotal, wrong, type Finding } from './check-setup/finding.ts'
import { checkSettings } from './check-setup/settings.ts'
import { checkSigningKeys } from './check-setup/signing-keys.ts'
import { checkStore } from './check-setup/store.ts'
import { checkTemporal } from './check-setup/temporal.ts'
import { checkWebhooks } from './check-setup/webhooks.ts'
import { fail } from './operator/fail.ts'

const usage = `Usage: npm run check-setup

Reads the settings as the API does, and asks Temporal, 8x8's server, the store of the limits and the files that they
name. One line each: ok, warning or wrong, and what to do. No message is sent, no code is checked, and nothing is
changed. The exit status is 1 when something is wrong. Give it all the settings of the API, SIGNING_KEYS_FILE included.`

if (!isAskedForHelp()) await run()

function isAskedForHelp(): boolean {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } })
    if (values.help) process.stdout.write(`${usage}\n`)
    return values.help
  } catch {
    fail(usage)
    return true
  }
}

async function run(): Promise<void> {
  const config = readSettings()
  if ('problems' in config) {
    report([
      ...config.problems.map((problem) => wrong('settings', problem)),
      wrong('settings', 'mend these first: nothing else was asked'),
    ])
    return
  }
  report(await findAll(config))
}

function readSettings(): Config | { readonly problems: readonly string[] } {
  try {
    return readConfig()
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems }
    throw error
  }
}

/** In the order of the checks, whichever ends first. */
async function findAll(config: Config): Promise<readonly Finding[]> {
  const settings = checkSettings(config)
  const asked = await Promise.all([
    checkTemporal(config),
    checkStore(config),
    checkEightByEight(config),
    checkClock(config),
    checkWebhooks(config),
  ])
  return [...settings, ...checkSigningKeys(config), ...asked.flat()]
}

function report(findings: readonly Finding[]): void {
  process.stdout.write([...findings.map(tell), '', tellTotal(findings), ''].join('\n'))
  if (findings.some(({ level }) => level === 'wrong')) process.exitCode = 1
}
