/** Who the apps are: the one of the environment, or those of a file that may change while we run. */
import type { Log } from '../../domain/log.ts'
import type { App, Scope } from '../../domain/app.ts'
import { createKeyLookup, type AppKey } from './key-lookup.ts'
import { parseAppsFile, type AppDefaults } from './parse-apps-file.ts'
import { ConfigError } from '../config/parsers.ts'
import { watchParsed, type WatchOptions } from '../watch-file.ts'

/** An app with its keys, of which only digests are known. */
export type ConfiguredApp = { readonly app: App; readonly keys: readonly AppKey[] }

export type AppsSettings =
  | { readonly apps: readonly ConfiguredApp[] }
  /** Of `APPS_FILE`; what an app leaves out is as in `defaults`. */
  | { readonly file: string; readonly defaults: AppDefaults }

export type AppsSource = {
  all(): readonly App[]
  byName(name: string): App | undefined
  /** In a time that tells nothing about the keys; an expired one is unknown. */
  byKey(apiKey: string): { readonly app: App; readonly scopes: ReadonlySet<Scope> } | undefined
  /** The listener is called after each reload that was taken. */
  onChange(listener: () => void): void
  /** Ends the watching of the file; what is known stays. */
  readonly close: () => void
}

/**
 * Reads the apps, and reads their file again whenever it has changed. A change that is wrong is not taken: what was
 * right stays, and the log says once for each content what is wrong.
 *
 * @throws ConfigError when the file cannot be read or is wrong at the start
 */
export function createAppsSource(
  settings: AppsSettings,
  log: Pick<Log, 'info' | 'error'>,
  options: WatchOptions = {},
): AppsSource {
  if ('apps' in settings) return createSource(settings.apps)
  const { file, defaults } = settings
  const watch = watchParsed(
    {
      file,
      name: 'APPS_FILE',
      parse(text) {
        const parsed = parseAppsFile(text, defaults)
        if ('problems' in parsed) throw new ConfigError(parsed.problems)
        return parsed.apps
      },
      taken(apps) {
        source.replace(apps)
        log.info({ apps: apps.map(({ app }) => app.name) }, 'APPS_FILE has changed: these are the apps now')
      },
      refused(problems) {
        log.error({ problems }, 'APPS_FILE has changed and is wrong: the apps stay as they were')
      },
    },
    options,
  )
  const source = createSource(watch.current(), watch.close)
  return source
}

function createSource(configured: readonly ConfiguredApp[], close: () => void = () => undefined) {
  let apps = configured.map(({ app }) => app)
  let find = createKeyLookup(configured)
  const listeners: (() => void)[] = []
  return {
    all: () => apps,
    byName: (name: string) => apps.find((app) => app.name === name),
    byKey: (apiKey: string) => find(apiKey),
    onChange: (listener: () => void) => void listeners.push(listener),
    close,
    replace(next: readonly ConfiguredApp[]) {
      apps = next.map(({ app }) => app)
      find = createKeyLookup(next)
      for (const listener of listeners) listener()
    },
  }
}
