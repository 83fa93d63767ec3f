/** Logins of every kind, over HTTP, each with values of its own that must not be left anywhere. */
import { randomBytes } from 'node:crypto'
import { Client, type Connection } from '@temporalio/client'
import { expect } from 'vitest'
import { createIdentity } from '../../api/identity.ts'
import { isFinal, type Login } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import type { Fault, FaultOperation } from '../../sandbox/faults.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { aPhone } from '../support/house.ts'
import type { Canary } from './findings.ts'

type VisitorOptions = {
  readonly api: string
  readonly apiKey: string
  readonly sandbox: Sandbox
  readonly connection: Connection
  readonly keys: { readonly LOOKUP_KEY: string; readonly ENCRYPTION_KEYS: string }
}
export type Visitor = ReturnType<typeof createVisitor>
type Scene = (visitor: Visitor) => Promise<void>

const word = (name: string) => `${name}-${randomBytes(9).toString('hex')}`

export function createVisitor({ api, apiKey, sandbox, connection, keys }: VisitorOptions) {
  const canaries: Canary[] = []
  const phones: Phone[] = []
  const ids: string[] = []
  const ring = parseKeyRing(keys.ENCRYPTION_KEYS)
  if (ring === undefined) throw new Error('malformed keys')
  const dataConverter = createDataConverter({
    keys: ring,
    namespace: 'default',
    plainText: 'refused',
    alarm: (text) => {
      throw new Error(text)
    },
  })
  const client = new Client({ connection, dataConverter })
  const identity = createIdentity(Buffer.from(keys.LOOKUP_KEY, 'base64'))
  const workflowId = (phone: Phone) => identity.workflowId('acme', phone)

  function canary<T extends string>(what: string, text: T): T {
    canaries.push({ what, text })
    return text
  }

  async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const answer = await fetch(`${api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        prefer: 'wait=20',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: answer.status, body: (await answer.json()) as Login & { code?: string } }
  }

  function phone(): Phone {
    const made = aPhone()
    phones.push(made)
    canary('number', made.e164)
    canary('number without its plus', made.e164.slice(1))
    return made
  }

  /** Starts a login with a canary in every member. */
  async function start(to: Phone): Promise<Login> {
    const body = {
      phone: to.e164,
      brand: canary('brand', word('brand')),
      userId: canary('user id', word('user')),
      nonce: canary('nonce', word('nonce')),
      clientIp: canary('address', `2001:db8:${randomBytes(2).toString('hex')}:7a:1f2e:3d4c:5b6a:7988`),
    }
    const key = canary('idempotency key', word('key'))
    const started = await call('POST', '/v1/logins', body, { 'idempotency-key': key })
    if (started.body.id) ids.push(started.body.id)
    return started.body
  }

  function code(to: Phone): string {
    const text = sandbox.lastCode(to.e164)
    if (text === undefined) throw new Error('no code has reached that phone')
    return canary('code', text)
  }

  async function read(id: string): Promise<Login> {
    return (await call('GET', `/v1/logins/${id}`, undefined, { prefer: 'wait=2' })).body
  }

  return {
    client,
    call,
    canary,
    phone,
    start,
    code,
    wrongCode: () => canary('wrong code', String(7_000_000_000 + Math.floor(Math.random() * 999_999_999))),
    submit: (id: string, text: string) =>
      call(
        'POST',
        `/v1/logins/${id}/code`,
        { code: text },
        { 'idempotency-key': canary('idempotency key', word('key')) },
      ),
    fault(to: Phone, operation: FaultOperation, fault: Fault, times: number | 'always' = 1) {
      sandbox.fault({ operation, phone: to.e164, fault, times })
    },
    async end(id: string): Promise<Login> {
      for (;;) {
        const login = await read(id)
        if (isFinal(login.status)) return login
      }
    },
    handle: (to: Phone) => client.workflow.getHandle(workflowId(to)),
    canaries: (): readonly Canary[] => canaries,
    workflowIds: () => phones.map(workflowId),
    statuses: () => Promise.all(ids.map(async (id) => (await read(id)).status)),
  }
}

/** A start that fails in this way, or goes on in spite of it and is verified. */
const sending =
  (fault: Fault, times: number | 'always'): Scene =>
  async (visitor) => {
    const phone = visitor.phone()
    visitor.fault(phone, 'send', fault, times)
    const { id, status } = await visitor.start(phone)
    if (status === 'waiting_for_code') await visitor.submit(id, visitor.code(phone))
  }

/** A check that fails in this way; then the code once more, and the login is canceled if it is still open. */
const checking =
  (fault: Fault): Scene =>
  async (visitor) => {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    visitor.fault(phone, 'check', fault, 3)
    const code = visitor.code(phone)
    await visitor.submit(id, code)
    await visitor.submit(id, code)
    await visitor.call('POST', `/v1/logins/${id}/cancel`)
  }

const near = () => ({ expiresAt: new Date(Date.now() + 12_000).toISOString() })

export const scenes: readonly Scene[] = [
  async function verified(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    expect((await visitor.submit(id, visitor.code(phone))).status).toBe(200)
  },
  async function verifiedBySignal(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    await visitor.handle(phone).signal('userCode', { code: visitor.wrongCode() })
    await visitor.handle(phone).signal('userCode', { code: visitor.code(phone) })
    expect(await visitor.end(id)).toMatchObject({ status: 'verified' })
  },
  async function failedAfterFiveWrongCodes(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    for (let n = 0; n < 5; n += 1) await visitor.submit(id, visitor.wrongCode())
    visitor.code(phone)
    await expect
      .poll(() =>
        visitor
          .handle(phone)
          .describe()
          .then(({ status }) => status.name),
      )
      .toBe('COMPLETED')
    const { memo } = await visitor.handle(phone).describe()
    expect(memo).toMatchObject({ budget: { failures: { count: 5 } } })
  },
  async function expired(visitor) {
    const phone = visitor.phone()
    visitor.fault(phone, 'send', { kind: 'merge', members: near() })
    const { id } = await visitor.start(phone)
    visitor.code(phone)
    expect(await visitor.end(id)).toMatchObject({ status: 'expired' })
  },
  async function canceled(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    visitor.code(phone)
    await visitor.call('POST', `/v1/logins/${id}/cancel`)
  },
  async function resentAndSuperseded(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    visitor.code(phone)
    await expect
      .poll(
        () =>
          visitor.call('POST', `/v1/logins/${id}/resend`, { channel: 'call' }).then(({ status }) => status),
        { interval: 1000 },
      )
      .toBe(200)
    await expect
      .poll(() => visitor.start(phone).then(({ status }) => status), { interval: 1000 })
      .toBe('waiting_for_code')
    visitor.code(phone)
  },
  async function cleared(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    const clearing = { by: visitor.canary('operator', word('eve')), why: visitor.canary('why', word('desk')) }
    await visitor.handle(phone).executeUpdate('clear', { args: [clearing] })
    await visitor.submit(id, visitor.code(phone))
  },
  async function terminatedByAnOperator(visitor) {
    const phone = visitor.phone()
    await visitor.start(phone)
    visitor.code(phone)
    await visitor.handle(phone).terminate('an operator ends it')
  },
  async function refusedRequests(visitor) {
    const phone = visitor.phone()
    await visitor.call('POST', '/v1/logins', { phone: `${phone.e164}x` })
    await visitor.call('POST', '/v1/logins', { phone: [phone.e164] })
    await visitor.call('POST', `/v1/logins/lg_unknown/code?code=${visitor.wrongCode()}`, {
      code: visitor.wrongCode(),
    })
    await visitor.call('GET', `/v1/numbers/${encodeURIComponent(phone.e164)}`)
    await visitor.call('GET', `/v1/logins?phone=${encodeURIComponent(phone.e164)}`)
    await visitor.call('GET', `/nowhere/${encodeURIComponent(phone.e164)}`)
    await visitor.call('GET', `/healthz`, undefined, {
      authorization: `Bearer ${visitor.canary('wrong key', word('key'))}`,
    })
  },
  async function badMessages(visitor) {
    const phone = visitor.phone()
    const { id } = await visitor.start(phone)
    const handle = visitor.handle(phone)
    await handle.signal('userCode', { code: [visitor.wrongCode()] })
    await handle.signal('nobodyTakesThis', { code: visitor.wrongCode() })
    await handle
      .executeUpdate('submitCode', { args: [{ code: `x${visitor.wrongCode()}` }] })
      .catch(() => undefined)
    await handle.executeUpdate('nobodyTakesThis', { args: [visitor.wrongCode()] }).catch(() => undefined)
    await visitor.submit(id, visitor.code(phone))
  },
  sending({ kind: 'status', status: 400, code: 1002 }, 'always'),
  sending({ kind: 'status', status: 401, code: 1200 }, 'always'),
  sending({ kind: 'status', status: 404, code: 1404 }, 'always'),
  sending({ kind: 'status-after', status: 500 }, 1),
  sending({ kind: 'status', status: 503 }, 'always'),
  sending({ kind: 'drop-after' }, 1),
  sending({ kind: 'html' }, 1),
  sending({ kind: 'truncate' }, 1),
  sending({ kind: 'empty-object' }, 'always'),
  sending({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }, 1),
  checking({ kind: 'status', status: 500 }),
  checking({ kind: 'drop-after' }),
  checking({ kind: 'html' }),
  checking({ kind: 'truncate' }),
  checking({ kind: 'status', status: 401, code: 1200 }),
  checking({ kind: 'status', status: 404, code: 1404 }),
  checking({ kind: 'merge', members: { destination: '+6590000000' } }),
  checking({ kind: 'status', status: 429, headers: { 'retry-after': '1' } }),
]
