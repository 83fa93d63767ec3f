import type { DeliveryActivities } from '../index.ts'
import type { BeginSpan } from '../eight-by-eight/traced.ts'

/** The same activities, with a span for each attempt: to which endpoint, of what, and how it was answered. */
export function tracedAttempts({ deliverEvent }: DeliveryActivities, begin: BeginSpan): DeliveryActivities {
  return {
    async deliverEvent(input) {
      const end = begin('webhook attempt', {
        'postern.endpoint': input.endpointId,
        'postern.event': input.event.type,
      })
      try {
        const answer = await deliverEvent(input)
        end(
          {
            'postern.outcome': answer.outcome,
            ...('cause' in answer ? { 'postern.cause': answer.cause } : {}),
            ...('status' in answer ? { 'http.response.status_code': answer.status } : {}),
          },
          answer.outcome === 'failed',
        )
        return answer
      } catch (error) {
        end({ 'postern.outcome': 'broken' }, true)
        throw error
      }
    },
  }
}
