/** The one place where problems are built (RFC 9457): for routes and middleware, and for all that goes wrong beside them. */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { problems, type ProblemCode, type ProblemMembers } from '../domain/problems.ts'
import type { Log } from '../domain/log.ts'
import type { ApiEnv } from './middleware/context.ts'

export type StatusOf<C extends ProblemCode> = (typeof problems)[C]['status']

/** What of a request's context it takes to answer it. */
export type Answering = Pick<Context, 'json' | 'header'> & { readonly var: { readonly requestId: string } }

type Extras = { readonly [M in keyof ProblemMembers]: ProblemMembers[M] | undefined } & {
  /** Becomes the header `Retry-After`. */
  readonly retryAfterSeconds?: number
}

/**
 * Answers with a problem. `detail` says what is wrong this time, or what to do about it, and repeats nothing secret.
 * The answer's type names code and status, so that a route cannot give what its OpenAPI entry does not list.
 */
export function problem<C extends ProblemCode>(
  c: Answering,
  code: C,
  detail: string,
  { retryAfterSeconds, ...members }: Extras = {},
) {
  const { status, title }: { status: StatusOf<C>; title: string } = problems[code]
  const instance = c.var.requestId
  const body = { type: `/problems/${code}`, code, status, title, detail, instance, ...members }
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
  return c.json(body, status, { 'Content-Type': 'application/problem+json' })
}

/** For `notFound`. */
export function answerNoSuchPath(c: Context<ApiEnv>) {
  return problem(c, 'not-found', 'There is nothing at this path.')
}

/** For a path that is ours with a method that is not. */
export function answerNoSuchMethod(c: Context<ApiEnv>, methods: readonly string[]) {
  c.header('Allow', methods.join(', '))
  return problem(c, 'method-not-allowed', `This resource takes ${methods.join(', ')}.`)
}

/** For `onError`: what is not the caller's doing is logged, and nothing of it is said. */
export function answerError(log: Log) {
  return function answerError(error: Error, c: Context<ApiEnv>) {
    if (error instanceof HTTPException && error.status === 400) {
      return problem(c, 'malformed-json', 'The body cannot be parsed as JSON.')
    }
    if (error instanceof HTTPException && error.status === 415) {
      return problem(c, 'unsupported-media-type', 'Send Content-Type: application/json.')
    }
    if (isBrokenOff(error)) return problem(c, 'malformed-json', 'The body breaks off.')
    log.error({ requestId: c.var.requestId, error: error.name, frames: framesOf(error) }, 'unexpected error')
    return problem(c, 'internal-error', 'Tell us the instance of this problem, and we can find out.')
  }
}

/** A body of which no more comes: whoever hung up hears no answer, and it is no error of ours (API-18). */
function isBrokenOff(error: Error): boolean {
  return error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET'
}

/** Where it broke, without the message: messages of libraries repeat what they were given. */
function framesOf(error: Error): readonly string[] {
  const lines = error.stack?.split('\n') ?? []
  return lines.map((line) => line.trim()).filter((line) => /^at .+:\d+:\d+\)?$/.test(line))
}
