/** What a person names on the command line, as histories one after the other. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { attributesOf, parseHistory, UnreadableError, type History } from './history.ts'
import { objectAt, textAt } from './json.ts'
import { openHistory, toReadable, type Reading } from './payloads.ts'
import type { Place } from './place.ts'
import type { Run } from './server.ts'

export type Wanted = {
  /** Files, folders, login ids, workflow ids (the newest run), `workflowId/runId`. */
  readonly names: readonly string[]
  /** A workflow id stands for all of its runs. */
  readonly allRuns: boolean
  readonly query?: string
}

export type Source = {
  /** As the person named it, or the file that it is in. */
  readonly name: string
  readonly run?: Run
  /** @throws UnreadableError, AwayError */
  read(): Promise<Reading>
}

/** How far back from a number's newest login one is looked for; no more can be within a day. */
const MOST_STEPS_BACK = 100

/** Names that lead nowhere are sources too; reading them says why. */
export async function* openSources({ names, allRuns, query }: Wanted, place: Place): AsyncGenerator<Source> {
  for (const name of names) yield* sourcesOf(name, allRuns, place)
  if (query !== undefined) yield* found(query, place)
}

async function* sourcesOf(name: string, allRuns: boolean, place: Place): AsyncGenerator<Source> {
  const [, workflowId, runId] = /^(.+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(name) ?? []
  if (name.startsWith('lg_')) yield { name, read: () => readLogin(name, place) }
  else if (workflowId && runId) yield ofRun({ workflowId, runId }, place, name)
  else if (name.startsWith('login:')) {
    if (allRuns) yield* found(`WorkflowId = '${name.replaceAll("'", "''")}'`, place)
    else yield { name, read: () => readNewest(name, place) }
  } else yield* inFiles(name, place)
}

async function* found(query: string, place: Place): AsyncGenerator<Source> {
  const server = await place.server()
  for await (const run of server.runs(query)) yield ofRun(run, place)
}

async function* inFiles(name: string, place: Place): AsyncGenerator<Source> {
  const kind = await stat(name).catch(() => undefined)
  if (kind === undefined) yield { name, read: () => unreadable('there is no such file') }
  else if (!kind.isDirectory()) yield ofFile(name, place)
  else {
    const files = (await readdir(name)).filter((file) => file.endsWith('.json')).sort()
    for (const file of files) yield ofFile(join(name, file), place)
  }
}

function ofFile(path: string, place: Place): Source {
  return {
    name: basename(path),
    async read() {
      const text = await readFile(path, 'utf8').catch(() => unreadable('the file cannot be read'))
      return openHistory(parseHistory(text), place.keys)
    },
  }
}

function ofRun(run: Run, place: Place, name = `${run.workflowId}/${run.runId}`): Source {
  return { name, run, read: async () => openHistory(await (await place.server()).history(run), place.keys) }
}

async function readNewest(workflowId: string, place: Place): Promise<Reading> {
  const run = await (await place.server()).newestRun(workflowId)
  if (run === undefined) throw new UnreadableError('Temporal has no such workflow, or keeps it no longer')
  return ofRun(run, place).read()
}

/** A login's run is found from the number's newest one back, along the previous runs in the memos. */
async function readLogin(loginId: string, place: Place): Promise<Reading> {
  const workflowId = place.workflowIdOf(loginId)
  if (workflowId === undefined) throw new UnreadableError('it is not a login id')
  const server = await place.server()
  let run = await server.newestRun(workflowId)
  for (let step = 0; run !== undefined && step < MOST_STEPS_BACK; step += 1) {
    const reading = await openHistory(await server.history(run), place.keys)
    if (memoOf(reading.history, 'loginId') === loginId) return reading
    const runId = memoOf(reading.history, 'previousRunId')
    run = runId === undefined ? undefined : { workflowId, runId }
  }
  throw new UnreadableError('Temporal has no such login, or keeps it no longer')
}

function memoOf({ events }: History, name: string): string | undefined {
  const { value } = toReadable(objectAt(attributesOf(events[0]), 'memo', 'fields', name))
  return textAt({ value }, 'value')
}

function unreadable(message: string): Promise<never> {
  return Promise.reject(new UnreadableError(message))
}
