/**
 * What the holder of a client token is shown of a login. They may be a stranger to the number who has guessed a
 * password, so nothing is told of the number's other logins, of the provider or of the app (ENUM-1, ENUM-5).
 */
import type { Login, LoginEvent, LoginReason } from '../domain/login.ts'
import type { Following } from './gateway.ts'

export type Caller = 'app' | 'client'

/** Whether a number exists, is refused or blocked looks the same as a provider that is away. */
const hidden: readonly LoginReason[] = ['phone_refused', 'provider_refused', 'operator']
const GENERIC = 'provider_unavailable'

export function showLogin<L extends Login>(caller: Caller, login: L): L | Omit<L, 'userId'> {
  if (caller === 'app') return login
  const { userId: _, ...shown } = login
  return { ...shown, ...(shown.reason === undefined ? {} : { reason: showReason(shown.reason) }) }
}

export function showEvent(caller: Caller, event: LoginEvent): LoginEvent {
  if (caller === 'app') return event
  switch (event.type) {
    case 'login.started': {
      const { userId: _, ...data } = event.data
      return { ...event, data }
    }
    case 'login.send_failed':
      return { ...event, data: { ...event.data, failure: 'unknown', cause: GENERIC } }
    case 'login.undelivered': {
      const { cause: _, ...data } = event.data
      return { ...event, data }
    }
    case 'login.check_failed':
      return { ...event, data: { ...event.data, cause: GENERIC } }
    case 'login.failed': {
      const { reason } = event.data
      return { ...event, data: { reason: reason === 'too_many_attempts' ? reason : GENERIC } }
    }
    default:
      return event
  }
}

export function showFollowing(caller: Caller, following: Following): Following {
  return {
    leave: () => {
      following.leave()
    },
    next: async () => (await following.next())?.map((event) => showEvent(caller, event)),
  }
}

function showReason(reason: LoginReason): LoginReason {
  return hidden.includes(reason) ? GENERIC : reason
}
