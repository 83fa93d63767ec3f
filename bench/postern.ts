import { createPosternClient } from '../client/index.ts'
import { createIdentity } from '../api/identity.ts'
import type { Contender } from './contender.ts'

export type PosternReach = {
  readonly baseUrl: string
  /** One an app; each start is the next app's, since a minute's starts are limited for each. */
  readonly apiKeys: readonly string[]
  /** Tells a login's workflow id from its login id. */
  readonly lookupKey: Buffer
}

/** Postern, as an app's backend uses it: by its typed client, over HTTP. */
export function createPostern({ baseUrl, apiKeys, lookupKey }: PosternReach): Contender['start'] {
  const apps = apiKeys.map((apiKey) => createPosternClient({ baseUrl, apiKey }))
  const identity = createIdentity(lookupKey)
  let starts = 0
  return async (phone) => {
    const app = apps[starts % apps.length]
    starts += 1
    if (app === undefined) throw new Error('Postern needs an app')
    const started = await app.start({ phone })
    const { id } = started
    // After ten seconds Postern answers while it still sends; the skeleton would make its caller wait.
    const { status } =
      started.status === 'sending' ? await app.wait(id, { until: 'change', from: 'sending' }) : started
    if (status !== 'waiting_for_code') throw new Error(`a login is ${status} and not waiting_for_code`)
    return {
      workflowId: identity.parseLoginId(id)?.workflowId ?? '',
      async submit(code) {
        const login = await app.submit(id, code)
        if (login.status !== 'verified') throw new Error(`a login is ${login.status} and not verified`)
      },
    }
  }
}
