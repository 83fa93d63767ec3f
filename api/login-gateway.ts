/** The only speaker of Temporal on the HTTP side: keeps the promises of `gateway.ts`. */
import { randomUUID } from 'node:crypto'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { isFinal, type Login } from '../domain/login.ts'
import type { Policy } from '../domain/policy.ts'
import {
  cancelUpdate,
  DENIED,
  resendUpdate,
  submitCodeUpdate,
  type CodeMessage,
} from '../workflows/messages.ts'
import type { Idempotency, Invalid, LoginGateway, NotFound, Unavailable } from './gateway.ts'
import type { Identity } from './identity.ts'
import { moment, toTrouble, type Trouble } from './login-gateway/errors.ts'
import { createFollowers } from './login-gateway/follow.ts'
import { listLogins } from './login-gateway/list.ts'
import { clearNumber, showNumber } from './login-gateway/numbers.ts'
import { createReadiness } from './login-gateway/readiness.ts'
import { createReceipts } from './login-gateway/receipts.ts'
import { createRuns } from './login-gateway/runs.ts'
import { startLogin } from './login-gateway/start.ts'
import { readTerms } from './login-gateway/terms.ts'
import { createWaits } from './login-gateway/wait.ts'

export type GatewayDeps = {
  readonly client: Client
  readonly identity: Identity
  /** By which a number's budget is told; a login has its app's. */
  readonly policy: Policy
  /** Default: `logins`. */
  readonly taskQueue: string
  /** Told of what only an operator can mend, and once when event streams end because Temporal is away. Default: nobody. */
  readonly alarm?: (text: string) => void
  /** Told of a login that Temporal closed from outside, when its number's next one starts. Default: nobody. */
  readonly closedFromOutside?: (run: { readonly workflowId: string; readonly runId: string }) => void
}

/** HTTP's patience for an effect; what is not decided by then answers 202 and is read again (design 3, Edges). */
const EFFECT_MS = 15_000
/** A message that Temporal gave back is said again; its id keeps it one message. */
const MESSAGE_TRIES = 3

export function createLoginGateway(deps: GatewayDeps): LoginGateway {
  const { client, identity, taskQueue } = deps
  const runs = createRuns(client, identity, deps.alarm)
  const startDeps = { ...deps, runs }
  const waits = createWaits(client, runs)
  /** Logins with a message that was said to their number's newest run. */
  const guessed = new Set<string>()
  const followers = createFollowers(client, runs, deps.alarm ?? (() => undefined))

  /** Says it to a run, again when Temporal gives it back. */
  async function tell<T>(run: Run, say: Say<T>, tries = MESSAGE_TRIES): Promise<Said<T> | Unsaid> {
    const handle = client.workflow.getHandle(run.workflowId, run.runId)
    try {
      const answer = await client.connection.withDeadline(Date.now() + EFFECT_MS, () => say(handle))
      return { outcome: 'said', answer }
    } catch (error) {
      const trouble = toTrouble(error)
      if (trouble.kind === 'not-taken' && tries > 1) {
        await moment()
        return tell(run, say, tries - 1)
      }
      const isAnswer = trouble.kind === 'refused' && trouble.type === DENIED
      return isAnswer ? { outcome: 'said', answer: trouble.detail as T } : { outcome: 'unsaid', trouble }
    }
  }

  /**
   * Says it to the login's own run if this process knows it. Else to the number's newest run, which refuses what is meant
   * for another login or comes from another app; only then is the login's own run looked for. So a login in flight costs
   * one call to Temporal.
   */
  async function speak<T>(app: Named, loginId: string, say: Say<T>): Promise<Said<T> | Spoken> {
    const workflowId = identity.parseLoginId(loginId)?.workflowId
    if (workflowId === undefined) return { outcome: 'not-found' }
    const known = runs.remembered(loginId)
    if (known !== undefined) return speakTo(app, loginId, say, known)
    // One message asks the newest run: it may be a newer login's, whom those for a dead one must not hold up.
    if (guessed.has(loginId)) return speakToFound(app, loginId, say)
    guessed.add(loginId)
    try {
      return await speakTo(app, loginId, say, { workflowId })
    } finally {
      guessed.delete(loginId)
    }
  }

  async function speakTo<T>(app: Named, loginId: string, say: Say<T>, run: Run): Promise<Said<T> | Spoken> {
    const told = await tell(run, say)
    const isElsewhere = told.outcome === 'unsaid' && ['refused', 'closed'].includes(told.trouble.kind)
    if (!isElsewhere || isSurplus(told.trouble)) return heard(app, loginId, told)
    return speakToFound(app, loginId, say, { run, told })
  }

  /** `before`: what was said, and to which run; it is not said to the same one again. */
  async function speakToFound<T>(
    app: Named,
    loginId: string,
    say: Say<T>,
    before?: { readonly run: Run; readonly told: Unsaid },
  ): Promise<Said<T> | Spoken> {
    const found = await runs.find(app.name, loginId)
    if (found.outcome !== 'run') return missing(found)
    const isSame = before?.run.runId === found.run.runId
    return heard(app, loginId, isSame ? before.told : await tell(found.run, say))
  }

  /**
   * @returns nothing while the code is being checked. The verdict on one that has been judged before comes with the
   * acceptance; to ask for it costs no call, since the question's time is over before it is asked.
   */
  async function submitUnawaited(handle: WorkflowHandle, message: CodeMessage, updateId: string) {
    const update = await handle.startUpdate(submitCodeUpdate, {
      updateId,
      waitForStage: 'ACCEPTED',
      args: [message],
    })
    try {
      return await client.connection.withDeadline(Date.now(), () => update.result())
    } catch (error) {
      if (toTrouble(error).kind === 'no-answer') return undefined
      throw error
    }
  }

  /** A closed login, and every kind of trouble, ends here. */
  async function heard<T>(app: Named, loginId: string, told: Said<T> | Unsaid): Promise<Said<T> | Spoken> {
    if (told.outcome === 'said') return told
    const { trouble } = told
    if (trouble.kind === 'overloaded' || isSurplus(trouble)) return { outcome: 'too-many' }
    if (trouble.kind === 'refused') {
      if (trouble.type === 'not-found') return { outcome: 'not-found' }
      return { outcome: trouble.type === 'invalid-request' ? 'invalid' : 'unavailable' }
    }
    const found = await runs.find(app.name, loginId)
    if (found.outcome !== 'run') return missing(found)
    const read = await runs.login(found.run)
    if (read.outcome !== 'read') return read
    const login = read.value
    if (isFinal(login.status)) return { outcome: 'closed', login }
    return trouble.kind === 'no-answer' ? { outcome: 'pending', login } : { outcome: 'unavailable' }
  }

  return {
    start: (app, request) => startLogin(startDeps, app, request),

    async read(app, loginId, waitSeconds, signal) {
      const found = await runs.find(app.name, loginId)
      if (found.outcome !== 'run') return missing(found)
      const isCrowded = waitSeconds > 0 && waits.isCrowded(loginId)
      const read = await (waitSeconds === 0 || isCrowded
        ? runs.login(found.run)
        : waits.readAfterChange(found.run, waitSeconds * 1000, signal))
      if (read.outcome !== 'read') return read
      return { outcome: 'login', login: read.value, ...(isCrowded && { isCrowded }) }
    },

    async events(app, loginId) {
      const found = await runs.find(app.name, loginId)
      if (found.outcome !== 'run') return missing(found)
      const read = await runs.events(found.run)
      return read.outcome === 'read' ? { outcome: 'events', events: read.value } : read
    },

    async terms(app, loginId) {
      const found = await runs.find(app.name, loginId)
      return found.outcome === 'run' ? readTerms(client, found.run) : missing(found)
    },

    follow: (app, loginId, after) => followers.follow(app.name, loginId, after),

    list: (app, phone, limit) =>
      listLogins(runs, app.name, identity.workflowId(app.subAccountId, phone), limit),

    async submitCode(app, loginId, { code, idempotency, respondAsync }) {
      const submissionId = messageId('code', idempotency)
      const message = { submissionId, loginId, app: app.name, code, ...fingerprintOf(idempotency) }
      if (!respondAsync) {
        const spoken = await speak(app, loginId, (handle) =>
          handle.executeUpdate(submitCodeUpdate, { updateId: submissionId, args: [message] }),
        )
        return toResult(spoken, idempotency)
      }
      // A code that no worker takes now is not said: one that comes later would take it, whatever is answered here.
      const found = await runs.find(app.name, loginId)
      if (found.outcome !== 'run') return missing(found)
      const read = await runs.login(found.run)
      if (read.outcome !== 'read') return read
      const spoken = await speak(app, loginId, (handle) => submitUnawaited(handle, message, submissionId))
      if (spoken.outcome !== 'said') return toResult(spoken, idempotency)
      const { answer } = spoken
      if (answer === undefined) return { outcome: 'pending', login: read.value }
      return toResult({ outcome: 'said', answer }, idempotency)
    },

    async resend(app, loginId, { channel, idempotency }) {
      const updateId = messageId('resend', idempotency)
      const chosen = channel === undefined ? {} : { channel }
      const request = idempotency && randomUUID()
      const message = {
        loginId,
        app: app.name,
        ...chosen,
        ...fingerprintOf(idempotency),
        ...(request && { request }),
      }
      const spoken = await speak(app, loginId, (handle) =>
        handle.executeUpdate(resendUpdate, { updateId, args: [message] }),
      )
      const result = toResult(spoken, idempotency)
      if (result.outcome === 'invalid') return { outcome: 'unavailable' }
      // Of a closed login, or from workflow code of before, an answer names no request.
      const named = spoken.outcome === 'said' ? spoken.answer.request : undefined
      const isOthers = named !== undefined && named !== request
      return result.outcome === 'answered' && isOthers ? { ...result, isRepetition: true } : result
    },

    async cancel(app, loginId) {
      const spoken = await speak(app, loginId, (handle) =>
        handle.executeUpdate(cancelUpdate, { args: [{ loginId, app: app.name }] }),
      )
      if (spoken.outcome === 'said') return { outcome: 'answered', answer: spoken.answer }
      if (spoken.outcome === 'too-many' || spoken.outcome === 'invalid') return { outcome: 'unavailable' }
      if (spoken.outcome !== 'closed') return spoken
      const outcome = spoken.login.status === 'canceled' ? 'canceled' : 'closed'
      return { outcome: 'answered', answer: { outcome, login: spoken.login } }
    },

    receipt: createReceipts(client, identity, runs),
    number: (subAccountId, phone) => showNumber(startDeps, identity.workflowId(subAccountId, phone)),
    clearNumber: (subAccountId, phone, clearing) =>
      clearNumber(startDeps, identity.workflowId(subAccountId, phone), clearing),

    ready: createReadiness(client, taskQueue),
  }
}

type Named = { readonly name: string }
/** Without a run id, the newest of its workflow. */
type Run = { readonly workflowId: string; readonly runId?: string }
type Say<T> = (handle: WorkflowHandle) => Promise<T>
type Said<A> = { readonly outcome: 'said'; readonly answer: A }
type Unsaid = { readonly outcome: 'unsaid'; readonly trouble: Trouble }

/** What came of a message that was not simply answered. */
type Spoken =
  | { readonly outcome: 'closed'; readonly login: Login }
  | { readonly outcome: 'pending'; readonly login: Login }
  | { readonly outcome: 'too-many' }
  | Invalid
  | NotFound
  | Unavailable

/** More codes at once than attempts left. */
function isSurplus(trouble: Trouble): boolean {
  return trouble.kind === 'refused' && trouble.type === 'too-many-requests'
}

function missing({ outcome }: { readonly outcome: 'none' | 'unavailable' }): NotFound | Unavailable {
  return { outcome: outcome === 'none' ? 'not-found' : 'unavailable' }
}

/** The update id is the idempotency key, so that Temporal itself gives the same answer to the same request. */
function messageId(kind: 'code' | 'resend', idempotency: Idempotency | undefined): string {
  return `${kind}:${idempotency?.key ?? randomUUID()}`
}

function fingerprintOf(idempotency: Idempotency | undefined): { fingerprint?: string } {
  return idempotency === undefined ? {} : { fingerprint: idempotency.fingerprint }
}

/** A closed login's answer says so. An answer that was given to another body than this one is a conflict. */
function toResult<A extends { readonly fingerprint?: string }>(
  spoken: Said<A> | Spoken,
  idempotency: Idempotency | undefined,
) {
  if (spoken.outcome === 'closed') return { outcome: 'answered' as const, answer: spoken }
  if (spoken.outcome !== 'said') return spoken
  const isSame = spoken.answer.fingerprint === idempotency?.fingerprint
  if (!isSame) return { outcome: 'idempotency-conflict' as const }
  return { outcome: 'answered' as const, answer: spoken.answer }
}
