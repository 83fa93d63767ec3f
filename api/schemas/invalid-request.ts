/** From what zod finds wrong with a request to the problem `invalid-request`. */
import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { FieldError } from '../../domain/problems.ts'
import type { ApiEnv } from '../middleware/context.ts'
import { problem, type Answering } from '../problem.ts'

const MAX_ERRORS = 20
const DETAIL = 'See errors for what is wrong, and /openapi.json for what is right.'

type Validation =
  | { readonly success: true }
  | { readonly success: false; readonly target: string; readonly error: z.ZodError }

/** For `defaultHook`: answers a request that breaks its schema, and lets the others pass. */
export function answerInvalid(validation: Validation, c: Context<ApiEnv>) {
  if (validation.success) return undefined
  const isBody = validation.target === 'json'
  const errors = validation.error.issues.flatMap((issue) => toFieldErrors(issue, isBody))
  return problem(c, 'invalid-request', DETAIL, { errors: errors.slice(0, MAX_ERRORS) })
}

/** For what is right by the schema and not for this app. */
export function answerInvalidMember(c: Answering, pointer: string, detail: string) {
  return problem(c, 'invalid-request', DETAIL, { errors: [{ pointer, detail }] })
}

function toFieldErrors(issue: z.core.$ZodIssue, isBody: boolean): readonly FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      isBody
        ? { pointer: toPointer([...issue.path, key]), detail: 'Unknown member.' }
        : { pointer: nameOf(key), detail: 'Unknown parameter.' },
    )
  }
  const pointer = isBody ? toPointer(issue.path) : String(issue.path[0])
  return [{ pointer, detail: issue.message }]
}

/** The name of a parameter as it is told: an address that was put together wrongly may have a phone number there. */
function nameOf(parameter: string): string {
  return /^[A-Za-z_]{1,40}$/.test(parameter) ? parameter : '?'
}

/** RFC 6901; the empty pointer is the whole body. */
function toPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
