/** The calls of Postern's API, by an app's key or by one login's token. */
import { followLogin, type FollowOptions } from './follow.ts'
import { pause } from './pause.ts'
import { createTransport, type TransportOptions } from './transport.ts'
import type {
  Channel,
  FinalStatus,
  Login,
  LoginEvent,
  LoginStatus,
  NumberBudget,
  ProvenLogin,
  StartedLogin,
  StartLogin,
} from './types.ts'

type Cancelable = { readonly signal?: AbortSignal }

export type Repeatable = Cancelable & {
  /** 1–255 printable ASCII characters; default: a new one. Give your own when a later call may repeat this one. */
  readonly idempotencyKey?: string
}

export type StartOptions = Repeatable & {
  /** How long Postern may wait for the code to go out, 0–30; default: 10. After that the login is still `sending`. */
  readonly waitSeconds?: number
}

export type WaitOptions = Cancelable & {
  /** `final`: until the login has ended; `change`: until its status is not `from` any more. Default: `final`. */
  readonly until?: 'final' | 'change'
  /** The status that you know; default: the one that it has now. */
  readonly from?: LoginStatus
}

export type ListQuery = {
  /** In E.164, or national together with `country`. */
  readonly phone: string
  readonly country?: string
  /** 1–20; default: 10. */
  readonly limit?: number
}

/** What may be done with one login, by its `clientToken` too. */
export type LoginClient = {
  /** After `verified`, and by the app's key only, with its assertion while that is valid. */
  read(id: string, options?: Cancelable): Promise<ProvenLogin>
  /** Reads again and again, by long polls, until something has come of the login; the assertion as with `read`. */
  wait(id: string, options?: WaitOptions): Promise<ProvenLogin>
  /**
   * The verified login with its assertion. A login that is not verified: the check takes long. By an app's key `wait` for
   * it. In a browser, which has the assertion by this call alone, `submit` the code once more with the `idempotencyKey`
   * that you gave: it is not checked again.
   * @throws PosternError `code-incorrect` with `attemptsLeft`, `login-closed`, `login-expired`, …
   */
  submit(id: string, code: string, options?: Repeatable): Promise<ProvenLogin>
  /** @throws PosternError `resend-too-early`, `resends-exhausted`, … */
  resend(id: string, options?: Repeatable & { readonly channel?: Channel }): Promise<Login>
  cancel(id: string, options?: Cancelable): Promise<Login>
  /** What has happened so far, oldest first. */
  events(id: string, options?: Cancelable): Promise<readonly LoginEvent[]>
  /** What has happened and what happens, each event once, until the login has ended. */
  follow(id: string, options?: FollowOptions): AsyncGenerator<LoginEvent, void, undefined>
}

/** What an app may do. */
export type PosternClient = LoginClient & {
  /** @throws PosternError `phone-invalid`, `too-many-requests`, `provider-refused`, … */
  start(login: StartLogin, options?: StartOptions): Promise<StartedLogin>
  /** The app's logins of a number, newest first. */
  list(query: ListQuery, options?: Cancelable): Promise<readonly Login[]>
  /**
   * What the number may still cost; for operators.
   * @param phone E.164 with its plus
   * @throws PosternError `forbidden` to a key without the scope `admin`, `phone-invalid`, …
   */
  number(phone: string, options?: Cancelable): Promise<NumberBudget>
}

type Reach = Omit<TransportOptions, 'token'>
export type PosternOptions = Reach & { readonly apiKey: string }
export type PosternLoginOptions = Reach & { readonly clientToken: string }

const LONG_POLL_SECONDS = 25
const CROWDED_MS = 1000
const STANDARD_START_WAIT_SECONDS = 10
/** The longest that Postern holds a code or a resend. */
const HELD_SECONDS = 15

/** By an API key, which belongs on a server; a browser gets the login's `clientToken`, and with it the calls of one login. */
export function createPosternClient(options: PosternOptions): PosternClient
export function createPosternClient(options: PosternLoginOptions): LoginClient
export function createPosternClient(options: PosternOptions | PosternLoginOptions): PosternClient {
  const token = 'apiKey' in options ? options.apiKey : options.clientToken
  const transport = createTransport({ ...options, token })
  const read = (id: string, waitSeconds: number, signal: Cancelable) =>
    transport.send<ProvenLogin>({
      method: 'GET',
      path: pathOf(id),
      ...(waitSeconds > 0 ? { headers: { prefer: `wait=${waitSeconds}` }, heldSeconds: waitSeconds } : {}),
      ...only(signal),
    })

  return {
    start: (login, { idempotencyKey, waitSeconds, signal } = {}) =>
      transport.send({
        method: 'POST',
        path: 'v1/logins',
        json: login,
        headers: {
          ...keyHeader(idempotencyKey),
          ...(waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` }),
        },
        heldSeconds: waitSeconds ?? STANDARD_START_WAIT_SECONDS,
        ...only({ signal }),
      }),

    list: async ({ phone, country, limit }, options = {}) => {
      const query = {
        phone,
        ...(country === undefined ? {} : { country }),
        ...(limit === undefined ? {} : { limit: String(limit) }),
      }
      const { logins } = await transport.send<{ logins: readonly Login[] }>({
        method: 'GET',
        path: 'v1/logins',
        query,
        ...only(options),
      })
      return logins
    },

    number: (phone, options = {}) =>
      transport.send({ method: 'GET', path: `v1/numbers/${encodeURIComponent(phone)}`, ...only(options) }),

    read: (id, options = {}) => read(id, 0, options),

    async wait(id, { until = 'final', from, signal } = {}) {
      let login = await read(id, 0, { ...only({ signal }) })
      const known = from ?? login.status
      while (!isFinal(login.status) && (until === 'final' || login.status === known)) {
        const askedAt = Date.now()
        const next = await read(id, LONG_POLL_SECONDS, { ...only({ signal }) })
        const wasHeld = Date.now() - askedAt > CROWDED_MS
        // Postern holds no more reads of this login: others wait for it already.
        if (next.status === login.status && !wasHeld) await pause(CROWDED_MS, signal)
        login = next
      }
      return login
    },

    submit: (id, code, { idempotencyKey, signal } = {}) =>
      transport.send({
        method: 'POST',
        path: `${pathOf(id)}/code`,
        json: { code },
        headers: keyHeader(idempotencyKey),
        heldSeconds: HELD_SECONDS,
        ...only({ signal }),
      }),

    resend: (id, { channel, idempotencyKey, signal } = {}) =>
      transport.send({
        method: 'POST',
        path: `${pathOf(id)}/resend`,
        json: channel === undefined ? {} : { channel },
        headers: keyHeader(idempotencyKey),
        heldSeconds: HELD_SECONDS,
        ...only({ signal }),
      }),

    cancel: (id, options = {}) =>
      transport.send({
        method: 'POST',
        path: `${pathOf(id)}/cancel`,
        json: {},
        heldSeconds: HELD_SECONDS,
        ...only(options),
      }),

    async events(id, options = {}) {
      const { events } = await transport.send<{ events: readonly LoginEvent[] }>({
        method: 'GET',
        path: `${pathOf(id)}/events`,
        headers: { accept: 'application/json' },
        ...only(options),
      })
      return events
    },

    follow: (id, options) => followLogin(transport, `${pathOf(id)}/events`, options),
  }
}

export function isFinal(status: LoginStatus): status is FinalStatus {
  return status !== 'sending' && status !== 'waiting_for_code' && status !== 'checking'
}

const pathOf = (id: string) => `v1/logins/${encodeURIComponent(id)}`

function keyHeader(given: string | undefined) {
  return { 'idempotency-key': given ?? newKey() }
}

/** Not `randomUUID`, which browsers have on secure pages only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function only({ signal }: { readonly signal?: AbortSignal | undefined }): Cancelable {
  return signal === undefined ? {} : { signal }
}
