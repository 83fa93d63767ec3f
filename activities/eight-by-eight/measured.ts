import type { CheckOutcome, EightByEight, SendOutcome } from './types.ts'

/** One call and what came of it, in words that are counted by: closed lists, nothing of the number or of 8x8's own words. */
export type MeasuredCall = {
  readonly operation: 'send' | 'check'
  readonly outcome: SendOutcome['outcome'] | CheckOutcome['outcome']
  /** Why, where the outcome has a reason; otherwise `none`. */
  readonly cause: string
  readonly seconds: number
}

/** The same client; `note` is told of each call, those that a breaker did not let through included (cause `open`). */
export function measured(eightByEight: EightByEight, note: (call: MeasuredCall) => void): EightByEight {
  async function measure<O extends SendOutcome | CheckOutcome>(
    operation: MeasuredCall['operation'],
    call: Promise<O>,
  ): Promise<O> {
    const startedAt = performance.now()
    const answer = await call
    const seconds = (performance.now() - startedAt) / 1000
    note({ operation, outcome: answer.outcome, cause: causeOf(answer), seconds })
    return answer
  }
  return {
    send: (request, onStatus) => measure('send', eightByEight.send(request, onStatus)),
    check: (request, onStatus) => measure('check', eightByEight.check(request, onStatus)),
  }
}

/** Why, in a word of ours; `none` where the outcome has no reason. */
export function causeOf(answer: SendOutcome | CheckOutcome): string {
  switch (answer.outcome) {
    case 'refused':
      return answer.refusal
    case 'not_done':
    case 'unknown':
      return answer.cause
    case 'too_early':
      // The class of a code is 8x8's to choose, so it is no label.
      return answer.codeClass === undefined ? 'interval' : 'forbidden'
    default:
      return 'none'
  }
}
