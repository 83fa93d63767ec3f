/** One user's day with Postern, call by call; the OpenAPI document shows it, and a test lives it. */

export type Example = {
  /** The `operationId`. */
  readonly operation: string
  /** What it shows: its name in the document. */
  readonly name: string
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  readonly status: number
  readonly answer: object
}

const id = 'lg_jvf4JrzQuMxDfEEUFJlSkAxpQTa3lf9dbpcFqDbS8YZwb3N0ZXJuX3NhbmRib3g'
const canceledId = 'lg_IGlh1A2FbvHWGQPzwoSZDs8DtJ0tQ8CbCXmrJjtZ9Qhwb3N0ZXJuX3NhbmRib3g'
const phone = '+6591234567'

const login = {
  id,
  status: 'waiting_for_code',
  phone: '+••••••••67',
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  userId: 'user-42',
  attemptsLeft: 5,
  resendsLeft: 2,
  resendAfter: '2026-11-23T09:20:13.600Z',
  expiresAt: '2026-11-23T09:24:43.569Z',
  createdAt: '2026-11-23T09:19:43.341Z',
  delivery: 'sent',
}
const resent = {
  ...login,
  channel: 'call',
  attemptsLeft: 4,
  resendsLeft: 1,
  resendAfter: '2026-11-23T09:20:44.120Z',
  expiresAt: '2026-11-23T09:25:14.100Z',
}
const verified = { ...resent, status: 'verified', verifiedAt: '2026-11-23T09:20:31.007Z' }
const { userId: _userId, ...anonymous } = login
const enrolment = {
  ...anonymous,
  id: canceledId,
  phone: '+••••••••32',
  channel: 'call',
  purpose: 'enrolment',
}
const clientToken = `ct.default.k1.${'n8Kq'.repeat(10)}Zx0`
const assertion = `eyJhbGciOiJFZERTQSJ9.${'eyJsb2dpbl9pZCI6'.repeat(4)}.${'hK3x'.repeat(21)}Aw`

const events = [
  {
    id: `evt_${id.slice(3)}_1`,
    sequence: 1,
    type: 'login.started',
    at: '2026-11-23T09:19:43.341Z',
    data: {
      phone: login.phone,
      country: 'SG',
      channel: 'sms',
      brand: 'Acme',
      purpose: 'login',
      userId: 'user-42',
      attemptsLeft: 5,
      resendsLeft: 2,
    },
  },
  {
    id: `evt_${id.slice(3)}_2`,
    sequence: 2,
    type: 'login.code_sent',
    at: '2026-11-23T09:19:43.600Z',
    data: {
      channel: 'sms',
      expiresAt: '2026-11-23T09:24:43.569Z',
      resendAfter: '2026-11-23T09:20:13.600Z',
      resendsLeft: 2,
    },
  },
]

/** In the order in which they happen: what an answer says is true after those before it. */
export const examples: readonly Example[] = [
  {
    operation: 'startLogin',
    name: 'a code by SMS',
    body: { phone, userId: 'user-42', nonce: 'b0kUQx8dS9nR2mVt' },
    status: 201,
    answer: { ...login, clientToken },
  },
  { operation: 'readLogin', name: 'the code is on its way', path: { id }, status: 200, answer: login },
  { operation: 'readEvents', name: 'the code is on its way', path: { id }, status: 200, answer: { events } },
  {
    operation: 'submitCode',
    name: 'a wrong code',
    path: { id },
    body: { code: '000000' },
    status: 422,
    answer: {
      type: '/problems/code-incorrect',
      code: 'code-incorrect',
      status: 422,
      title: 'The code is wrong.',
      detail: '4 attempts are left.',
      instance: 'req_iVupQDjJHy0hQeHQ',
      attemptsLeft: 4,
    },
  },
  {
    operation: 'resendCode',
    name: 'by a voice call this time',
    path: { id },
    body: { channel: 'call' },
    status: 200,
    answer: resent,
  },
  {
    operation: 'submitCode',
    name: 'the right code',
    path: { id },
    body: { code: '042354' },
    status: 200,
    answer: { ...verified, assertion },
  },
  {
    operation: 'listLogins',
    name: "the number's logins",
    query: { phone },
    status: 200,
    answer: { logins: [verified] },
  },
  {
    operation: 'startLogin',
    name: 'a new number, by a voice call',
    body: { phone: '98765432', country: 'SG', channel: 'call', purpose: 'enrolment' },
    status: 201,
    answer: { ...enrolment, clientToken },
  },
  {
    operation: 'cancelLogin',
    name: 'the user gave up',
    path: { id: canceledId },
    body: {},
    status: 200,
    answer: { ...enrolment, status: 'canceled', reason: 'caller' },
  },
  {
    operation: 'readNumber',
    name: 'after a login',
    path: { phone },
    status: 200,
    answer: {
      phone: login.phone,
      sendsLeft: 0,
      blockedUntil: '2026-11-23T09:20:44.120Z',
      reason: 'interval',
      failures: 0,
      disabled: false,
    },
  },
  { operation: 'readHealth', name: 'it answers', status: 200, answer: { status: 'ok' } },
  { operation: 'readReadiness', name: 'it can', status: 200, answer: { temporal: true, worker: true } },
]

type Content = Record<string, { schema?: unknown; examples?: Record<string, { value: unknown }> }>
export type Operation = {
  operationId: string
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

/** Puts the examples of an operation where OpenAPI has them. */
export function addExamples(operation: Operation): void {
  for (const { operation: of, name, body, status, answer } of examples) {
    if (of !== operation.operationId) continue
    const type = status < 400 ? 'application/json' : 'application/problem+json'
    add(operation.requestBody?.content['application/json'], name, body)
    add(operation.responses[status]?.content?.[type], name, answer)
  }
}

function add(media: Content[string] | undefined, name: string, value: object | undefined): void {
  if (media === undefined || value === undefined) return
  media.examples = { ...media.examples, [name]: { value } }
}
