/** Apps as a configuration would have them, in code. */
import { scopes, type App, type Scope } from '../../domain/app.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import { digestOfKey } from '../../platform/apps/key-lookup.ts'
import { createAppsSource, type AppsSource } from '../../platform/apps/source.ts'

/** The app `shop`, whose ladder is empty. */
export function anApp(more: Partial<App> = {}): App {
  const { name = 'shop' } = more
  return {
    name,
    subAccountId: 'acme',
    brand: 'Shop',
    policy: defaultPolicy,
    ladder: { whenUndelivered: 'nothing', receiptWaitSeconds: 0 },
    channels: ['sms', 'call'],
    endpoints: [],
    origins: [],
    audience: name,
    assertsPhone: false,
    limits: { sendsPerDay: 10_000 },
    ...more,
  }
}

/** One key an app; its scopes: all, when none are named. */
export function appsOf(
  rows: readonly { readonly app: App; readonly apiKey: string; readonly scopes?: readonly Scope[] }[],
): AppsSource {
  const apps = rows.map(({ app, apiKey, scopes: granted = scopes }) => ({
    app,
    keys: [{ digest: digestOfKey(apiKey), scopes: new Set(granted) }],
  }))
  return createAppsSource({ apps }, { info: () => undefined, error: () => undefined })
}
