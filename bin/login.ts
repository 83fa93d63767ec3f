/** `npm run login -- <login>`: a login told in a terminal, from its history; or a number's logins, newest first. */
import { parseArgs } from 'node:util'
import type { Client } from '@temporalio/client'
import { createIdentity } from '../api/identity.ts'
import type { Config } from '../platform/config.ts'
import { askForEvents, historyOf, isPolled, parseTarget, runsOf } from './login/find-runs.ts'
import type { DescribedRun, Target } from './login/find-runs.ts'
import { createOpener } from './login/open-payloads.ts'
import { isOpen, readRun } from './login/read-run.ts'
import { noPaint, tellOverview, tellRun, terminalPaint } from './login/tell-run.ts'
import { readApps, subAccountOf } from './operator/apps.ts'
import { fail } from './operator/fail.ts'
import { runCommand, withClient } from './operator/run-command.ts'

const usage = `Usage: npm run login -- <login> [--app <name>] [--all] [--links]

<login> is one of
  a login id     lg_…
  a phone        in E.164: +6591234567, for its newest login in full, and a line for each of the last 20
  a workflow id  login:…, for the same
  either of these and a run id, with a slash between: that run

--app says through whose sub-account a phone is looked for, when the apps have several; an id needs none. --all tells
each of them in full, --links gives the address of each step in the Temporal UI. No code is shown, and no phone number.`

/** Runs of a number that are listed. */
const MOST_LISTED = 20
/** Runs that are looked through for a login; the newest one is nearly always it. */
const MOST_SEARCHED = 500

// Whoever reads only the head of it closes the pipe.
process.stdout.on('error', () => process.exit())
const { positionals, values } = readArguments()
const [text = ''] = positionals
if (positionals.length !== 1) fail(usage)
else await runCommand(run)

async function run(config: Config): Promise<void> {
  const target = parseTarget(text, createIdentity(config.lookupKey), () =>
    subAccountOf(readApps(config.apps), values.app),
  )
  if (target === undefined) fail('This is no login id, no phone in E.164 and no workflow id of a login.')
  else await withClient(config, (client) => tell(config, client, target))
}

async function tell(config: Config, client: Client, target: Target): Promise<void> {
  const isOfNumber = target.loginId === undefined && target.runId === undefined
  const { found, isMore, obstacle } = await find(client, target)
  const [newest] = found
  if (newest === undefined) {
    fail(
      obstacle ??
        'Temporal knows no such login: there never was one, or it was forgotten after the retention.',
    )
    return
  }
  if (isOfNumber) {
    const count = isMore
      ? `the newest ${found.length} runs`
      : found.length === 1
        ? 'one run'
        : `${found.length} runs`
    print(`${target.workflowId}: ${count}, newest first`)
    for (const one of found) print(await overview(client, one))
    if (obstacle !== undefined) print(obstacle)
  }
  for (const one of isOfNumber && !values.all ? [newest] : found) {
    if (isOfNumber) print('')
    await tellInFull(config, client, one)
  }
}

type Found = {
  readonly found: readonly DescribedRun[]
  readonly isMore: boolean
  /** Why nothing further back was looked at. */
  readonly obstacle?: string
}

/** The runs that are meant, newest first. */
async function find(client: Client, target: Target): Promise<Found> {
  const opener = createOpener(client.options.loadedDataConverter)
  const { loginId } = target
  const found: DescribedRun[] = []
  let searched = 0
  for await (const one of runsOf(client, opener, target)) {
    searched += 1
    if (loginId !== undefined && one.loginId === loginId) return { found: [one], isMore: false }
    if (loginId === undefined) found.push(one)
    if (found.length > MOST_LISTED) return { found: found.slice(0, MOST_LISTED), isMore: true }
    if (searched === MOST_SEARCHED) break
  }
  const [complaint] = opener.complaints()
  if (complaint === undefined || target.runId !== undefined) return { found, isMore: false }
  const way =
    loginId === undefined ? '' : ` What can be told of its number: npm run login -- ${target.workflowId}`
  return {
    found,
    isMore: false,
    obstacle: `A memo does not say which run is the one before: it is ${complaint}.${way}`,
  }
}

async function overview(client: Client, one: DescribedRun): Promise<string> {
  const opener = createOpener(client.options.loadedDataConverter)
  return tellOverview(await readRun(one, await historyOf(client, one), undefined, opener))
}

async function tellInFull(config: Config, client: Client, one: DescribedRun): Promise<void> {
  const opener = createOpener(client.options.loadedDataConverter)
  const history = await historyOf(client, one)
  const recorded = await readRun(one, history, undefined, opener)
  // A completed run has its events in its result; of any other a worker knows them, if one is there.
  const events = recorded.login === undefined ? await askForEvents(client, one) : undefined
  const story = events === undefined ? recorded : await readRun(one, history, events, opener)
  const lines = tellRun(story, {
    now: Date.now(),
    uiUrl: config.temporalUiUrl,
    namespace: client.options.namespace,
    isLinked: values.links,
    isPolled: isOpen(story) && story.login === undefined ? await isPolled(client, one) : undefined,
    complaints: opener.complaints(),
    paint: process.stdout.isTTY ? terminalPaint : noPaint,
  })
  for (const line of lines) print(line)
}

function readArguments() {
  const options = {
    app: { type: 'string' },
    all: { type: 'boolean', default: false },
    links: { type: 'boolean', default: false },
  } as const
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch {
    // An unknown option: the usage says which there are.
    return { positionals: [], values: { app: undefined, all: false, links: false } }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
