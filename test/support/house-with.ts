/** A house whose logins begin with what only some apps have: a ladder, webhook endpoints. */
import { onTestFinished } from 'vitest'
import { createEightByEight } from '../../activities/eight-by-eight/client.ts'
import { createActivities, type Activities } from '../../activities/index.ts'
import type { Login } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import type { LoginInput } from '../../workflows/messages.ts'
import { plainEffects } from './effects.ts'
import { openHouse, type HouseOptions } from './house.ts'

type More = Pick<LoginInput, 'ladder' | 'endpoints'>

/** @param announceEvents in the place of the real one, which would start deliveries */
export async function openHouseWith(
  more: More,
  options: HouseOptions = {},
  announceEvents?: Activities['announceEvents'],
) {
  const house = await openHouse({ ...options, worker: 'none' })
  const eightByEight = createEightByEight({
    version: 'v2',
    baseUrl: house.sandboxUrl,
    subAccountId: 'acme',
    apiKey: 'sandbox-key',
    sendTimeoutMs: 2000,
    checkTimeoutMs: 2000,
    breaker: { failures: 1000 },
  })
  const activities = createActivities({ ...plainEffects(), eightByEight: () => eightByEight })
  const startWorker = () =>
    house.startWorker({ activities: { ...activities, ...(announceEvents ? { announceEvents } : {}) } })
  const worker = await startWorker()
  onTestFinished(worker.stop)

  const { ladder, endpoints = [] } = more
  const app = { ...house.app, ...(ladder && { ladder }), endpoints: endpoints.map((id) => ({ id })) }

  return {
    ...house,
    stopWorker: worker.stop,
    async login(phone: Phone): Promise<Login> {
      const result = await house.gateway.start(app, house.toStart(phone))
      if (result.outcome !== 'started') throw new Error(`no login was started: ${result.outcome}`)
      return result.login
    },
  }
}
