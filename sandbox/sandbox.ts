import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import { createAnswers } from './answers.ts'
import { createFaults, type FaultScript } from './faults.ts'
import { createInbox, type Message } from './inbox.ts'
import { defaultBehaviour, type Behaviour, type BehaviourChange, type SandboxOptions } from './options.ts'
import { refusals } from './refusals.ts'
import { createReceiptPoster, type PostedReceipt } from './post-receipts.ts'
import { createRequestLog, type LoggedRequest } from './request-log.ts'
import { controlRoutes } from './routes/control.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { verificationRoutes } from './routes/verification.ts'
import { createSessions } from './sessions.ts'

/** An imitation of 8x8's Verification API, v1 and v2, with an inbox in the place of phones. */
export type Sandbox = {
  /** The HTTP surface. Faults that touch the connection need a real socket: see `startSandbox`. */
  readonly app: Hono<{ Bindings: HttpBindings }>
  /** Every request to 8x8's own paths, oldest first, the newest 10,000; grows while the sandbox runs. */
  readonly requests: readonly Readonly<LoggedRequest>[]
  /** Every receipt that was posted, each time it was, oldest first, the newest 10,000. */
  readonly receipts: readonly PostedReceipt[]
  /** The switches as they stand now. */
  readonly behaviour: () => Behaviour
  /** Turns the switches that are named. */
  readonly change: (switches: BehaviourChange) => void
  /** Lets the next matching requests go wrong; scripts are used up in the order they came. */
  readonly fault: (script: FaultScript) => void
  /** Forgets all scripts, and arms the magic numbers that fail only once again. */
  readonly clearFaults: () => void
  /** What reached the phones, newest first, the newest 10,000; one number's only when `phone` is given. */
  readonly messages: (phone?: string) => readonly Message[]
  /** The code in the newest message to `phone`; `undefined` when nothing reached it. */
  readonly lastCode: (phone: string) => string | undefined
  /** Empties the logs of requests and receipts, and the inbox; sessions stay. */
  readonly clear: () => void
  /** Posts no receipts any more. */
  readonly stop: () => void
}

/** Makes a sandbox; opens no port. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const { apiKey = 'sandbox-key', now = Date.now, templates = {}, frameAncestors, ...others } = options
  const { webhook, receiptRetryMs = retryMs, receiptTimeoutMs = 5000, ...switches } = others
  let behaviour = changed(defaultBehaviour, switches)
  const current = () => behaviour
  const log = createRequestLog(now)
  const inbox = createInbox(now)
  const faults = createFaults()
  const answers = createAnswers({ now, behaviour: current })
  const sessions = createSessions({ now, behaviour: current })
  const receipts = createReceiptPoster({
    now,
    behaviour: current,
    webhook,
    retryMs: receiptRetryMs,
    timeoutMs: receiptTimeoutMs,
  })

  const app = new Hono<{ Bindings: HttpBindings }>()
  const sandbox: Sandbox = {
    app,
    requests: log.entries,
    receipts: receipts.posted,
    behaviour: current,
    change: (next) => {
      behaviour = changed(behaviour, next)
    },
    fault: faults.add,
    clearFaults: faults.clear,
    messages: inbox.messages,
    lastCode: (phone) => inbox.messages(phone)[0]?.code,
    clear: () => {
      log.clear()
      inbox.clear()
      receipts.clear()
    },
    stop: receipts.stop,
  }

  app.route(
    '/',
    verificationRoutes({
      apiKey,
      templates,
      behaviour: current,
      log,
      inbox,
      faults,
      answers,
      sessions,
      receipts,
    }),
  )
  app.route('/', controlRoutes(sandbox))
  app.route('/', inboxRoutes(sandbox, frameAncestors))
  app.notFound(() => Response.json(answers.refusal(refusals.noSuchPath), { status: 404 }))
  return sandbox
}

/** 8x8's waits before a receipt comes again [D]. */
const retryMs = [1000, 10_000, 30_000, 90_000]

function changed(behaviour: Behaviour, { minimums, receipts, ...switches }: BehaviourChange): Behaviour {
  return {
    ...behaviour,
    ...switches,
    minimums: { ...behaviour.minimums, ...minimums },
    receipts: { ...behaviour.receipts, ...receipts },
  }
}
