/** Temporal's errors in the few words that the gateway decides by. */
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationFailure, NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/common'
import { NOT_DONE } from '../../domain/effect-failures.ts'

export type Trouble =
  /** The run is closed, or there is none. */
  | { readonly kind: 'closed' }
  /** A handler's validator refused the message; nothing was recorded. */
  | { readonly kind: 'refused'; readonly type: string; readonly detail: unknown }
  /** No answer in time. What was asked may have happened or may still happen. */
  | { readonly kind: 'no-answer' }
  /** An answer of 8x8's came in the same moment, and Temporal gave the message back: nothing is recorded of it. */
  | { readonly kind: 'not-taken' }
  /** Temporal takes no more for now. */
  | { readonly kind: 'overloaded' }
  /** Temporal is away, or answers with an error. As uncertain as `no-answer`. */
  | { readonly kind: 'down' }

/** What a deadline looks like when the server sees it first, and gives the call up. */
const CANCELLED = 1
const DEADLINE_EXCEEDED = 4
const NOT_FOUND = 5
const RESOURCE_EXHAUSTED = 8
const FAILED_PRECONDITION = 9

/** @throws whatever is not Temporal's: a bug of ours must not look like an outage. */
export function toTrouble(error: unknown): Trouble {
  if (error instanceof WorkflowNotFoundError) return { kind: 'closed' }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return { kind: 'no-answer' }
  if (error instanceof WorkflowUpdateFailedError) {
    const { type, details } = error.cause instanceof ApplicationFailure ? error.cause : {}
    if (type === 'AcceptedUpdateCompletedWorkflow') return { kind: 'closed' }
    return { kind: 'refused', type: type ?? 'unknown', detail: details?.[0] }
  }
  const cause = error instanceof ServiceError ? error.cause : error
  if (isGrpcServiceError(cause)) {
    const code: number = cause.code
    if (code === DEADLINE_EXCEEDED || code === CANCELLED) return { kind: 'no-answer' }
    if (code === NOT_FOUND) return { kind: 'closed' }
    if (code === FAILED_PRECONDITION) return { kind: 'not-taken' }
    return { kind: code === RESOURCE_EXHAUSTED ? 'overloaded' : 'down' }
  }
  // A namespace that is gone, or not there yet, is a server that cannot be used: somebody else's to mend.
  if (error instanceof ServiceError || error instanceof NamespaceNotFoundError) return { kind: 'down' }
  if (toldByCodec(error) !== undefined) return { kind: 'down' }
  throw error
}

/** Why something that is stored cannot be read here, with the keys that this process has now. */
export function toldByCodec(error: unknown): string | undefined {
  return error instanceof ApplicationFailure && error.type === NOT_DONE ? error.message : undefined
}

/** Until Temporal has done what it gave a message back for: it repeats that workflow task at once. */
export const moment = (): Promise<void> => sleep(100)
