/** Whether each webhook endpoint leads where a message may go. Nothing is posted; `npm run webhooks -- test` does that. */
import { findTarget } from '../../activities/webhooks/target.ts'
import { endpointsOf, type AppEndpoint } from '../../domain/webhook.ts'
import type { Config } from '../../platform/config.ts'
import { readApps } from '../operator/apps.ts'
import { ok, wrong, type Finding } from './finding.ts'

const causes = {
  url: 'its URL must be https at port 443 or 8443, without credentials',
  dns: 'its name has no address',
  address: 'its name leads to an address that is not of the public Internet',
}

export async function checkWebhooks({ apps, isProduction }: Config): Promise<readonly Finding[]> {
  return Promise.all(endpointsOf(known(apps)).map((endpoint) => checkEndpoint(endpoint, !isProduction)))
}

/** By its id and not by its URL, which may hold a secret. */
async function checkEndpoint({ id, url }: AppEndpoint, mayStayInside: boolean): Promise<Finding> {
  const target = await findTarget(url, { mayStayInside })
  const about = `webhook ${id}`
  return target.outcome === 'target' ? ok(about, 'may be posted to') : wrong(about, causes[target.cause])
}

/** What is wrong with the file is told by the check of the settings. */
function known(apps: Config['apps']) {
  try {
    return readApps(apps)
  } catch {
    return []
  }
}
