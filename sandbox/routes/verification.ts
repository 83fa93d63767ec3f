import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import type { Answers, Version } from '../answers.ts'
import { carryOut, type Reply } from '../carry-out.ts'
import type { Fault, Faults } from '../faults.ts'
import type { Inbox } from '../inbox.ts'
import type { Behaviour } from '../options.ts'
import type { ReceiptPoster } from '../post-receipts.ts'
import { refusals, type Refusal } from '../refusals.ts'
import type { LoggedRequest, RequestLog } from '../request-log.ts'
import { parseSendRequest, phoneOf, type Channel } from '../send-request.ts'
import type { Session, Sessions, SessionStatus } from '../sessions.ts'

type Bindings = { Bindings: HttpBindings }

type Deps = {
  readonly apiKey: string
  readonly templates: Readonly<Record<string, string>>
  readonly behaviour: () => Behaviour
  readonly log: RequestLog
  readonly inbox: Inbox
  readonly faults: Faults
  readonly answers: Answers
  readonly sessions: Sessions
  readonly receipts: ReceiptPoster
}

/** 8x8's own paths: send and check, in both generations. */
export function verificationRoutes(deps: Deps): Hono<Bindings> {
  const routes = new Hono<Bindings>()
  routes.post('/api/v2/subaccounts/:subAccountId/sessions', (c) => send(c, deps, 'v2', c.req.param()))
  routes.get('/api/v2/subaccounts/:subAccountId/sessions/:id', (c) => check(c, deps, 'v2', c.req.param()))
  routes.post('/verify/v1/:subAccountId', (c) => send(c, deps, 'v1', c.req.param()))
  routes.get('/verify/v1/:subAccountId/:id', (c) => check(c, deps, 'v1', c.req.param()))
  return routes
}

async function send(
  c: Context<Bindings>,
  deps: Deps,
  version: Version,
  { subAccountId }: { subAccountId: string },
): Promise<Response> {
  const { answers, sessions } = deps
  const entry = deps.log.arrived({ version, operation: 'send', subAccountId })
  const body = parseJson(await c.req.text())
  if (body !== undefined) entry.body = body
  const phone = phoneOf(body)
  if (phone !== undefined) entry.phone = phone
  const notAdmitted = admission(c, deps, subAccountId)
  if (notAdmitted) return carryOut(c, { fault: undefined, entry, answers }, () => refused(deps, notAdmitted))

  const turn = phone === undefined ? 1 : sessions.nextTurn(subAccountId, phone)
  const fault = deps.faults.take({ operation: 'send', subAccountId, phone, turn })
  return carryOut(c, { fault, entry, answers }, () => {
    const parsed = parseSendRequest(version, body, { ...deps, behaviour: deps.behaviour() })
    if (!parsed.ok) return refused(deps, parsed.refusal)
    const { request } = parsed
    const sent = sessions.send({ ...request, subAccountId })
    if (sent.outcome === 'too-early') return refused(deps, refusals.tooEarly)
    const { session } = sent
    const lost = isLost(fault, request.channel)
    if (!lost) deps.inbox.deliver(request, session)
    deps.receipts.follow({ request, session: { ...session }, isLost: lost })
    note(entry, session, { accepted: true, code: session.code })
    const answer = answers.session(version, 'send', session, session.status)
    if (request.channel !== 'sma') return { status: 200, body: answer }
    return { status: 200, body: { ...answer, sma: { verificationUrl: `https://sma.invalid/${session.id}` } } }
  })
}

async function check(
  c: Context<Bindings>,
  deps: Deps,
  version: Version,
  { subAccountId, id }: { subAccountId: string; id: string },
): Promise<Response> {
  // Hono answers HEAD with the handler of GET, and here a GET spends an attempt.
  if (c.req.method !== 'GET') return c.notFound()
  const { answers, sessions } = deps
  const code = c.req.query('code') ?? ''
  const operation = code === '' ? 'read' : 'check'
  const entry = deps.log.arrived({ version, operation, subAccountId })
  entry.sessionId = id
  if (code !== '') entry.code = code
  const notAdmitted = admission(c, deps, subAccountId)
  if (notAdmitted) return carryOut(c, { fault: undefined, entry, answers }, () => refused(deps, notAdmitted))

  const session = sessions.find(subAccountId, id)
  if (session) note(entry, session, { accepted: false })
  const phone = session?.phone
  const fault = deps.faults.take({ operation, subAccountId, phone, turn: session?.turn ?? 1 })
  return carryOut(c, { fault, entry, answers }, () => {
    if (!session) return refused(deps, refusals.noSuchSession)
    const told = session.status === 'VERIFIED' ? afterVerified(deps.behaviour()) : undefined
    if (told === 'not-found') return refused(deps, refusals.noSuchSession)
    const accepted = operation === 'check' && sessions.evaluate(session, code)
    note(entry, session, { accepted })
    return { status: 200, body: answers.session(version, 'check', session, told ?? session.status) }
  })
}

/** Why a request may not even be read: the key first, then the sub-account's shape. */
function admission(c: Context<Bindings>, { apiKey }: Deps, subAccountId: string): Refusal | undefined {
  if (c.req.header('authorization') !== `Bearer ${apiKey}`) return refusals.unauthorized
  return /^[A-Za-z0-9\-._&]{3,50}$/.test(subAccountId) ? undefined : refusals.badSubAccount
}

function afterVerified({ afterVerified }: Behaviour): SessionStatus | 'not-found' {
  if (afterVerified === 'not-found') return 'not-found'
  return afterVerified === 'waiting' ? 'WAITING' : 'VERIFIED'
}

function isLost(fault: Fault | undefined, channel: Channel): boolean {
  return fault?.kind === 'undelivered' && (fault.channels?.includes(channel) ?? true)
}

function refused({ answers }: Deps, refusal: Refusal): Reply {
  return { status: refusal.status, body: answers.refusal(refusal) }
}

function note(entry: LoggedRequest, session: Session, what: { accepted: boolean; code?: string }): void {
  Object.assign(entry, { phone: session.phone, sessionId: session.id, status: session.status, ...what })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
