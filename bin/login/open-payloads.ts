/** Opens what is sealed in a history, as far as the keys go: what does not open is told of, and is no error. */
import { ApplicationFailure, type LoadedDataConverter, type Payload } from '@temporalio/common'
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js'
import proto, { type temporal } from '@temporalio/proto'
import { ENCODING, KEY_ID } from '../../platform/codec/encryption.ts'

type ProtoFailure = temporal.api.failure.v1.IFailure
type MaybePayload = Payload | null | undefined

export type Opener = {
  /** The value; `undefined` when there is none, or when it does not open. */
  one(payload: MaybePayload): Promise<unknown>
  failure(failure: ProtoFailure | null | undefined): Promise<Failure | undefined>
  /** Why something did not open: one sentence a key. */
  complaints(): readonly string[]
}

export type Failure = {
  /** Ours (`not-done`), or what Temporal calls it (`timeout: start to close`). Always readable. */
  readonly type: string
  /** One word of ours. */
  readonly cause?: string
  readonly message?: string
}

export function createOpener(converter: LoadedDataConverter): Opener {
  const complaints = new Set<string>()

  async function one(payload: MaybePayload): Promise<unknown> {
    if (!payload) return undefined
    try {
      const [value] = await decodeArrayFromPayloads(converter, [payload])
      return value
    } catch (error) {
      complaints.add(complaintOf(payload, error))
      return undefined
    }
  }

  async function failure(given: ProtoFailure | null | undefined): Promise<Failure | undefined> {
    if (!given) return undefined
    const { cause } = membersOf(await one(given.applicationFailureInfo?.details?.payloads?.[0]))
    const encoded = membersOf(await one(given.encodedAttributes))
    const message = given.encodedAttributes ? encoded.message : given.message
    return {
      type: typeOf(given),
      ...(typeof cause === 'string' ? { cause } : {}),
      ...(typeof message === 'string' && message !== '' ? { message } : {}),
    }
  }

  return { one, failure, complaints: () => [...complaints] }
}

/** The members of whatever it is; of what has none, none. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

type Timestamp = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined

/** Milliseconds since the epoch, of a time as it comes from the server or from a file. */
export function msOf(timestamp: Timestamp): number | undefined {
  if (!timestamp) return undefined
  return Number(timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1_000_000)
}

/** `EVENT_TYPE_TIMER_STARTED` → `timer started`. */
export function wordsOf(name: string | undefined, prefix: string): string {
  return (name ?? 'unknown').replace(prefix, '').toLowerCase().replaceAll('_', ' ')
}

/** The key's id stands beside what it sealed, in plain text. */
function complaintOf({ metadata }: Payload, error: unknown): string {
  const text = (name: string) => new TextDecoder().decode(metadata?.[name] ?? new Uint8Array())
  if (text('encoding') !== ENCODING) return 'not one of our payloads, and malformed'
  const id = text(KEY_ID)
  const detail = error instanceof ApplicationFailure ? membersOf(error.details?.[0]) : {}
  return detail.cause === 'unknown-key'
    ? `sealed with the key ${id}, which is not in ENCRYPTION_KEYS`
    : `sealed with another key ${id} than the one in ENCRYPTION_KEYS, or damaged`
}

function typeOf(failure: ProtoFailure): string {
  const { applicationFailureInfo, timeoutFailureInfo } = failure
  if (applicationFailureInfo) return applicationFailureInfo.type ?? 'unknown'
  if (timeoutFailureInfo) {
    const { TimeoutType } = proto.temporal.api.enums.v1
    return `timeout: ${wordsOf(TimeoutType[timeoutFailureInfo.timeoutType ?? 0], 'TIMEOUT_TYPE_')}`
  }
  if (failure.canceledFailureInfo) return 'canceled'
  return failure.terminatedFailureInfo ? 'terminated' : 'server'
}
