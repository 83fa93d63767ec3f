/** The settings themselves, and the files that they name, as the parts read them at their start. */
import { createAppsSource } from '../../platform/apps/source.ts'
import { ConfigError, type Config } from '../../platform/config.ts'
import { watchBlocks } from '../../platform/limits/blocks-file.ts'
import { ok, warning, wrong, type Finding } from './finding.ts'

const silent = { info: () => undefined, error: () => undefined }

export function checkSettings(config: Config): readonly Finding[] {
  return [
    config.isProduction
      ? ok('settings', 'complete')
      : warning('settings', 'NODE_ENV is not production: secrets are generated and http is allowed'),
    ...config.warnings.map((text) => warning('settings', text)),
    ...checkApps(config),
    ...checkBlocks(config),
    ...checkProxies(config),
  ]
}

function checkApps({ apps }: Config): readonly Finding[] {
  try {
    const source = createAppsSource(apps, silent)
    source.close()
    const names = source.all().map(({ name }) => name)
    return names.length === 0
      ? [wrong('apps', 'APPS_FILE has none, so that nobody may start a login')]
      : [ok('apps', names.join(', '))]
  } catch (error) {
    return problemsOf(error).map((problem) => wrong('apps', problem))
  }
}

function checkBlocks({ blocksFile }: Config): readonly Finding[] {
  if (blocksFile === undefined) {
    return [warning('blocks', 'without BLOCKS_FILE nothing can be stopped at once (docs/limits.md)')]
  }
  try {
    const blocks = watchBlocks(blocksFile, silent)
    blocks.close()
    return [ok('blocks', `${blocks.current().length} in force`)]
  } catch (error) {
    return problemsOf(error).map((problem) => wrong('blocks', problem))
  }
}

/** An API that is reached by https stands behind something that ends TLS, since it speaks none itself. */
function checkProxies({ publicUrl, trustedProxies }: Config): readonly Finding[] {
  if (!publicUrl.startsWith('https:')) return []
  return trustedProxies.length > 0
    ? [ok('proxies', `X-Forwarded-For is believed from ${trustedProxies.join(', ')}`)]
    : [
        warning(
          'proxies',
          'PUBLIC_URL is https and TRUSTED_PROXIES is empty: everybody has the proxy’s address; name the proxy',
        ),
      ]
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems
  throw error
}
