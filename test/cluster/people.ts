/** People who sign in and do not give up, with an app that repeats what it may; and many of them at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { PosternError, PosternNetworkError, type Login, type PosternClient } from '../../client/index.ts'
import type { Stack } from './stack.ts'

/** How a login ended, as its app was told; `turned away` when its start never came to be. */
export type Ending = Login['status'] | 'turned away'

export type Manner = {
  /** Wrong codes before the right one. Default 0. */
  readonly mistypes?: number
  /** How long an app repeats a request that is answered with "not now". Default 180. */
  readonly patienceSeconds?: number
}

/** Signs in once, with a number of its own, and tells how it ended. */
export async function signIn(
  stack: Stack,
  { mistypes = 0, patienceSeconds = 180 }: Manner = {},
): Promise<Ending> {
  const app = stack.app()
  const phone = stack.newPhone()
  const until = Date.now() + patienceSeconds * 1000
  const insist = <T>(request: (idempotencyKey: string) => Promise<T>) => insistUntil(until, request)
  const started = await insist((idempotencyKey) => app.start({ phone }, { idempotencyKey }))
  if (started === 'given up') return 'turned away'
  // A repeated start of a login that has ended since tells how.
  if ('refused' in started) return started.refused === 'login-expired' ? 'expired' : 'failed'
  let login: Login = await settled(app, started, insist)
  for (let typed = 0; login.status === 'waiting_for_code' && Date.now() < until; typed += 1) {
    const right = stack.codeFor(phone)
    const code = typed < mistypes ? wrong(right, typed + 1) : right
    await insist((idempotencyKey) => app.submit(started.id, code, { idempotencyKey }))
    const read = await insist(() => app.read(started.id))
    if (read !== 'given up' && !('refused' in read)) login = await settled(app, read, insist)
  }
  return login.status
}

type Refusal = { readonly refused: string }
type Insist = <T>(request: (idempotencyKey: string) => Promise<T>) => Promise<T | Refusal | 'given up'>

/** As soon as it neither sends nor checks. */
async function settled(app: PosternClient, login: Login, insist: Insist): Promise<Login> {
  let known = login
  while (known.status === 'sending' || known.status === 'checking') {
    const { id, status: from } = known
    const next = await insist(() => app.wait(id, { until: 'change', from }))
    if (next === 'given up' || 'refused' in next) return known
    known = next
  }
  return known
}

/** The same request, with the same key, for as long as the answer is that it cannot be done now. */
async function insistUntil<T>(
  until: number,
  request: (idempotencyKey: string) => Promise<T>,
): Promise<T | Refusal | 'given up'> {
  const idempotencyKey = crypto.randomUUID()
  for (;;) {
    try {
      return await request(idempotencyKey)
    } catch (error) {
      const pause = pauseAfter(error)
      if (pause === undefined) return { refused: (error as PosternError).code }
      if (Date.now() + pause > until) return 'given up'
      await sleep(pause)
    }
  }
}

/** Milliseconds until it is worth another try; nothing when the answer is final. */
function pauseAfter(error: unknown): number | undefined {
  if (error instanceof PosternNetworkError) return 500
  if (!(error instanceof PosternError)) throw error
  const isForNow = error.code === 'service-unavailable' || error.code === 'too-many-requests'
  return isForNow ? Math.min(error.retryAfterSeconds ?? 1, 5) * 1000 : undefined
}

/** Another code of the same length. */
export function wrong(right: string, n = 1): string {
  return String((Number(right) + n) % 10 ** right.length).padStart(right.length, '0')
}

export type Crowd = ReturnType<typeof gatherCrowd>

/** So many people, each of whom signs in again and again, each time with another number, until `goHome`. */
export function gatherCrowd(stack: Stack, people: number, manner: () => Manner = () => ({})) {
  const endings: Ending[] = []
  let isOver = false
  const lane = async () => {
    do endings.push(await signIn(stack, manner()))
    while (!isOver)
  }
  const lanes = Promise.all(Array.from({ length: people }, lane))
  // A failure is `goHome`'s to tell, and must not end the process before.
  lanes.catch(() => undefined)
  return {
    /** How the logins that are over ended. */
    endings,
    /** Everybody finishes the login that is under way. */
    async goHome(): Promise<readonly Ending[]> {
      isOver = true
      await lanes
      return endings
    },
  }
}
