/** The apps as they are now, for a command that is soon over. */
import type { App } from '../../domain/app.ts'
import { createAppsSource, type AppsSettings } from '../../platform/apps/source.ts'

/** @throws ConfigError */
export function readApps(settings: AppsSettings): readonly App[] {
  const source = createAppsSource(settings, { info: () => undefined, error: () => undefined })
  source.close()
  return source.all()
}
