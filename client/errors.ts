import type { Problem, ProblemCode } from './types.ts'

/** Postern, or something before it, answered, and not with what was asked for. */
export class PosternError extends Error {
  override readonly name = 'PosternError'
  /** `unreadable-answer`: what came is no answer of Postern's, perhaps a proxy's. */
  readonly code: ProblemCode | 'unreadable-answer'
  /** HTTP's. */
  readonly status: number
  /** Seconds until it is worth another try, when the answer said so. */
  readonly retryAfterSeconds: number | undefined
  /** The whole problem with its members, such as `attemptsLeft`; none when the answer was unreadable. */
  readonly problem: Problem | undefined

  constructor(status: number, problem: Problem | undefined, retryAfterSeconds?: number) {
    super(problem === undefined ? `The answer (${status}) is not Postern's.` : problem.detail)
    this.code = problem?.code ?? 'unreadable-answer'
    this.status = status
    this.problem = problem
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** No answer came. Does not mean that the call was not carried out: read the login, or repeat with the same key. */
export class PosternNetworkError extends Error {
  override readonly name = 'PosternNetworkError'
  /** `connection`: none, or it broke; `timeout`: nothing came in time. */
  readonly reason: 'connection' | 'timeout'

  constructor(reason: 'connection' | 'timeout') {
    super(reason === 'timeout' ? 'Postern did not answer in time.' : 'Postern cannot be reached.')
    this.reason = reason
  }
}

/** What was given as a proof, an assertion or a signed webhook, is none. */
export class PosternProofError extends Error {
  override readonly name = 'PosternProofError'
  /** `keys-unavailable`: it could not be checked; every other: it must not be believed. */
  readonly code: 'invalid' | 'expired' | 'keys-unavailable'

  constructor(code: PosternProofError['code'], message: string) {
    super(message)
    this.code = code
  }
}
