/** `npm run replay -- <file… | id… | --query '…'>`: do these histories still replay on the workflow code that is here? */
import { parseArgs } from 'node:util'
import { ConfigError } from '../platform/config.ts'
import { fail } from './operator/fail.ts'
import { UnreadableError } from './replay/history.ts'
import { openPlace } from './replay/place.ts'
import { replayAll, type Verdict } from './replay/replay-all.ts'
import { bundleOnce } from './replay/replayer.ts'
import { AwayError } from './replay/server.ts'
import { openSources, type Wanted } from './replay/sources.ts'

const usage = `Usage: npm run replay -- <what…>
       npm run replay -- <workflow id> --all-runs
       npm run replay -- --query '<query>'

Replays histories against the workflow code of this checkout. <what> is one of
  a file, or a folder with files, as \`temporal workflow show --output json\` and the Temporal UI write them
  a login id (lg_…)
  a workflow id (login:…): its newest run, or with --all-runs all of them; or <workflow id>/<run id>
<query> is one of Temporal's visibility: PosternStatus = 'failed' AND CloseTime > '2026-11-01T00:00:00Z'

Encrypted histories need ENCRYPTION_KEYS, and those of a server TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
The exit status is 0 when all of them replayed, and there was one.`

/** How long nothing is said before a person is told that it goes on. */
const PATIENCE_MS = 3000
const INTERRUPTED = 130

// Whoever reads only the head of it closes the pipe.
process.stdout.on('error', () => process.exit(1))
const wanted = readArguments()
if (wanted === undefined) fail(usage)
else await run(wanted)

async function run(asked: Wanted): Promise<void> {
  const counts = { ok: 0, diverged: 0, unreadable: 0 }
  let doing = 'bundling the workflow code'
  const progress = setInterval(() => void process.stderr.write(`${doing}…\n`), PATIENCE_MS)
  const state = { isStopped: false }
  // Once: a second Ctrl-C ends the process as it ends any other.
  process.once('SIGINT', () => (state.isStopped = true))
  const place = openPlace()
  try {
    const tell = (verdict: Verdict) => {
      counts[verdict.outcome] += 1
      process.stdout.write(lineOf(verdict))
      doing = `replaying; ${counts.ok + counts.diverged + counts.unreadable} so far`
    }
    await replayAll(openSources(asked, place), bundleOnce(), tell, () => state.isStopped)
    const { ok, diverged, unreadable } = counts
    process.stdout.write(`${ok} replayed, ${diverged} diverged, ${unreadable} unreadable\n`)
    if (state.isStopped) process.stderr.write('stopped before the end\n')
    else if (ok + diverged + unreadable === 0) fail('nothing was found')
    process.exitCode = state.isStopped ? INTERRUPTED : ok > 0 && diverged + unreadable === 0 ? 0 : 1
  } catch (error) {
    const isTold = [ConfigError, AwayError, UnreadableError].some((known) => error instanceof known)
    fail(isTold && error instanceof Error ? error.message : `the replay broke: ${nameOf(error)}`)
  } finally {
    clearInterval(progress)
    await place.close()
  }
}

/** Not its message, which may repeat what is in a history. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

function lineOf(verdict: Verdict): string {
  if (verdict.outcome === 'unreadable') return `unreadable  ${verdict.name}: ${verdict.why}\n`
  const { outcome, name, workflowId, runId, events, status } = verdict
  const isNamed = name !== workflowId && name !== `${workflowId}/${runId}`
  const columns = [
    outcome.padEnd(10),
    workflowId,
    runId,
    `${events} events`,
    status,
    ...(isNamed ? [name] : []),
  ]
  const line = `${columns.join('  ')}\n`
  if (verdict.outcome === 'ok') return line
  const { history, code } = verdict.divergence
  return `${line}            history: ${history}\n            code:    ${code}\n`
}

function readArguments(): Wanted | undefined {
  try {
    const { positionals: names, values } = parseArgs({
      allowPositionals: true,
      options: { query: { type: 'string' }, 'all-runs': { type: 'boolean', default: false } },
    })
    const { query, 'all-runs': allRuns } = values
    if (names.length === 0 && query === undefined) return undefined
    if (allRuns && !names.some((name) => name.startsWith('login:'))) return undefined
    return { names, allRuns, ...(query === undefined ? {} : { query }) }
  } catch {
    return undefined
  }
}
