import type { Admission } from '../../domain/limits.ts'
import type { Limits } from '../limits/create-limits.ts'

/** The same limits; `onUnavailable` learns of each request that they could not count and so did not admit. */
export function observeLimits(limits: Limits, onUnavailable: () => void): Limits {
  const observed = async (asked: Promise<Admission>): Promise<Admission> => {
    const admission = await asked
    if (admission.outcome === 'unavailable') onUnavailable()
    return admission
  }
  return {
    mayAsk: (address) => observed(limits.mayAsk(address)),
    countRefusal: (address) => limits.countRefusal(address),
    admitStart: (start) => observed(limits.admitStart(start)),
    admitResend: (resend) => observed(limits.admitResend(resend)),
  }
}
