/** The apps as they are now, for a command that is soon over, and whose numbers it is about. */
import type { App } from '../../domain/app.ts'
import { createAppsSource, type AppsSettings } from '../../platform/apps/source.ts'
import { CommandError } from './command-error.ts'

/** @throws ConfigError */
export function readApps(settings: AppsSettings): readonly App[] {
  const source = createAppsSource(settings, { info: () => undefined, error: () => undefined })
  source.close()
  return source.all()
}

/**
 * The sub-account of the app `name`, or without a name the one that all apps have: a number has a budget, and runs, in
 * each sub-account.
 *
 * @throws CommandError that lists the apps, when the name is of none or a name is needed
 */
export function subAccountOf(apps: readonly App[], name: string | undefined): string {
  const candidates = name === undefined ? apps : apps.filter((app) => app.name === name)
  const [subAccountId, ...others] = new Set(candidates.map((app) => app.subAccountId))
  if (subAccountId !== undefined && others.length === 0) return subAccountId
  const choices = apps.map((app) => `--app ${app.name}, of ${app.subAccountId}`).join('\n  ') || 'none'
  throw new CommandError(
    name === undefined
      ? `The apps have several sub-accounts, and a number has a budget in each. Say which is meant:\n  ${choices}`
      : `No app of the name that --app gives is configured. There is:\n  ${choices}`,
  )
}
