import { startSecondFactor, type SecondFactorStart, type StartResult } from '../second-factor.ts'
import type { RouteDeps } from './context.ts'
import { inWords } from './form.ts'

/** Has Postern send a code; what only an operator can mend goes to the log. */
export async function startCode(
  { postern, log }: Pick<RouteDeps, 'postern' | 'log'>,
  start: SecondFactorStart,
): Promise<StartResult> {
  const result = await startSecondFactor(postern, start)
  if (result.outcome === 'unavailable') log(`Postern started no login: ${result.because}`)
  return result
}

type NoCode = Exclude<StartResult, { readonly outcome: 'started' }>

export type WhyNoCode = {
  readonly status: 422 | 429 | 503
  readonly sentence: string
  readonly retryAfterSeconds?: number
}

/** At a sign-in: the password was right and the number is the user's own, so what helps may be said. */
export function whyNoCodeToUser(result: NoCode): WhyNoCode {
  if (result.outcome === 'unavailable') return unavailable
  if (result.outcome === 'phone-invalid' || result.retryAfterSeconds === undefined) {
    return { status: 429, sentence: 'No code can be sent to your number now. Try again later.' }
  }
  const { retryAfterSeconds } = result
  const why = retryAfterSeconds <= 60 ? 'A code was sent a moment ago.' : 'There were too many codes.'
  return { status: 429, sentence: `${why} Try again in ${inWords(retryAfterSeconds)}.`, retryAfterSeconds }
}

/** At an enrolment, where the number may be a stranger's: one answer to everything that is known of it (ENUM-1). */
export function whyNoCodeToNumber(result: NoCode): WhyNoCode {
  return result.outcome === 'unavailable' ? unavailable : noCodeToNumber
}

export const noCodeToNumber: WhyNoCode = {
  status: 422,
  sentence: 'No code can be sent to this number now. Check it, or try again later.',
}

const unavailable: WhyNoCode = {
  status: 503,
  sentence: 'Amazing Product cannot send codes now. Try again in a moment.',
}
