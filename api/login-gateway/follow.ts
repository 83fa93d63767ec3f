/** Follows logins as they happen: one long poll a login, however many listen, and no question while nothing happens. */
import type { Client } from '@temporalio/client'
import { fold, isFinal, type LoginEvent } from '../../domain/login.ts'
import type { Following, FollowResult } from '../gateway.ts'
import { nextPlace, type Place } from './history.ts'
import type { FoundRun, Runs, SeenRun } from './runs.ts'

export type Followers = {
  /** See `LoginGateway.follow`. */
  follow(appName: string, loginId: string, after?: string): Promise<FollowResult>
}

/** What the listeners of one login share. */
type Watch = {
  readonly appName: string
  readonly loginId: string
  readonly listeners: Set<Listener>
  /** Gives the long poll up when nobody listens any more. */
  readonly left: AbortController
  begun: Promise<'following' | 'not-found' | 'unavailable'>
  events: readonly LoginEvent[]
  /** `over`: the login is final. `broken`: nobody can tell how it goes on, and it may. */
  state: 'on' | 'over' | 'broken'
}

/** `told`: how many events it has; the events themselves are the watch's, so a slow listener holds none. */
type Listener = { told: number; hasLeft: boolean; wake: () => void }

/** Of one login: each is a connection that stays open, and whoever has one client token could open thousands. */
const MOST_LISTENERS = 20

/** How long after the n-th time in a row that no worker could tell it is asked again. */
const backoffMs = (failures: number) => Math.min(1000 * 2 ** (failures - 1), 15_000)

/** @param alarm told when Temporal goes away, and not again before it was back */
export function createFollowers(client: Client, runs: Runs, alarm: (text: string) => void): Followers {
  const watches = new Map<string, Watch>()
  let isAway = false

  function watchOf(appName: string, loginId: string): Watch {
    const key = keyOf({ appName, loginId })
    const known = watches.get(key)
    if (known !== undefined) return known
    const watch: Watch = {
      appName,
      loginId,
      listeners: new Set(),
      left: new AbortController(),
      begun: Promise.resolve('following'),
      events: [],
      state: 'on',
    }
    watches.set(key, watch)
    watch.begun = begin(watch).catch((error: unknown) => {
      end(watch, 'broken')
      throw error
    })
    return watch
  }

  /** The first look, which every listener of the first moment waits for. */
  async function begin(watch: Watch): Promise<'following' | 'not-found' | 'unavailable'> {
    const found = await runs.find(watch.appName, watch.loginId)
    if (found.outcome === 'none') return 'not-found'
    if (found.outcome === 'unavailable') return 'unavailable'
    const { run } = found
    // The place in the history is taken before the look, so that no event falls between the two.
    const step = run.isOpen ? await nextPlace(client, run, {}) : undefined
    if (step === 'ended') return begin(watch)
    if (typeof step === 'string') return 'unavailable'
    const read = await runs.events(run)
    if (read.outcome === 'unavailable') return 'unavailable'
    isAway = false
    tell(watch, read.value)
    if (step === undefined || hasFinal(watch)) end(watch, 'over')
    else keepOnAlone(watch, run, step)
    return 'following'
  }

  /** Tells what is new until nothing more is to be told, and what the end of it is. */
  async function keepOn(watch: Watch, first: SeenRun, from: Place): Promise<'over' | 'broken' | 'away'> {
    const { signal } = watch.left
    let run = first
    let place: Place | undefined = from
    let failures = 0
    while (!signal.aborted) {
      const until = failures === 0 ? {} : { until: Date.now() + backoffMs(failures) }
      const step = await nextPlace(client, run, { signal, ...(place && { after: place }), ...until })
      if (step === 'away') return 'away'
      if (step === 'ended') {
        const again = await seenAgain(run)
        if (again.outcome !== 'run') return 'broken'
        run = again.run
        place = undefined
        if (run.isOpen) continue
      } else if (step !== 'time-over') place = step

      const read = await runs.events(run)
      if (read.outcome === 'read') tell(watch, read.value)
      if (read.outcome === 'read' && (!run.isOpen || hasFinal(watch))) return 'over'
      if (!run.isOpen) return 'broken'
      failures = read.outcome === 'read' ? 0 : failures + 1
    }
    return 'broken'
  }

  /** A closed run as it closed. An operator's reset closes it too, and the login goes on in the number's newest run. */
  async function seenAgain(run: SeenRun): Promise<FoundRun> {
    const newest = await runs.newest(run.workflowId)
    const isSame = newest.outcome !== 'run' || newest.run.memo.loginId === run.memo.loginId
    return isSame ? newest : runs.run(run.workflowId, run.runId)
  }

  function tell(watch: Watch, events: readonly LoginEvent[]): void {
    // Only a reset takes anything back; what it put in its place is told then.
    const other = events.findIndex(({ id, at }, n) => id !== watch.events[n]?.id || at !== watch.events[n].at)
    const kept = other === -1 ? events.length : other
    watch.events = events
    for (const listener of watch.listeners) {
      listener.told = Math.min(listener.told, kept)
      listener.wake()
    }
  }

  /** Goes on by itself, so that its end and its errors are dealt with here. */
  function keepOnAlone(watch: Watch, run: SeenRun, place: Place): void {
    keepOn(watch, run, place).then(
      (ending) => {
        const isTrouble = ending === 'away' && !watch.left.signal.aborted
        if (isTrouble && !isAway)
          alarm('Temporal does not answer; event streams are ended, and their clients come back')
        isAway ||= isTrouble
        end(watch, ending === 'over' ? 'over' : 'broken')
      },
      (error: unknown) => {
        alarm(`event streams of a login are ended: ${error instanceof Error ? error.name : 'unknown error'}`)
        end(watch, 'broken')
      },
    )
  }

  function end(watch: Watch, state: 'over' | 'broken'): void {
    if (watch.state === 'on') watch.state = state
    if (watches.get(keyOf(watch)) === watch) watches.delete(keyOf(watch))
    for (const listener of watch.listeners) listener.wake()
  }

  function leave(watch: Watch, listener: Listener): void {
    listener.hasLeft = true
    listener.wake()
    watch.listeners.delete(listener)
    if (watch.listeners.size > 0) return
    end(watch, 'broken')
    watch.left.abort()
  }

  return {
    async follow(appName, loginId, after) {
      const watch = watchOf(appName, loginId)
      if (watch.listeners.size >= MOST_LISTENERS) return { outcome: 'too-many' }
      const listener: Listener = { told: 0, hasLeft: false, wake: () => undefined }
      // Before anything is awaited: from here on the watch is not given up.
      watch.listeners.add(listener)
      const following = toFollowing(watch, listener, () => {
        leave(watch, listener)
      })
      const begun = await watch.begun
      if (begun !== 'following') {
        following.leave()
        return { outcome: begun }
      }
      listener.told = watch.events.findIndex(({ id }) => id === after) + 1
      if (watch.state === 'over' && listener.told === watch.events.length) return { outcome: 'over' }
      return { outcome: 'following', following }
    },
  }
}

function toFollowing(watch: Watch, listener: Listener, leave: () => void): Following {
  return {
    leave,
    async next() {
      while (listener.told === watch.events.length && watch.state === 'on' && !listener.hasLeft) {
        await new Promise<void>((resolve) => {
          listener.wake = resolve
        })
      }
      const next = listener.hasLeft ? [] : watch.events.slice(listener.told)
      listener.told = watch.events.length
      return next.length === 0 ? undefined : next
    },
  }
}

function hasFinal({ loginId, events }: Watch): boolean {
  return events.length > 0 && isFinal(fold(loginId, events).status)
}

const keyOf = ({ appName, loginId }: Pick<Watch, 'appName' | 'loginId'>) => JSON.stringify([appName, loginId])
