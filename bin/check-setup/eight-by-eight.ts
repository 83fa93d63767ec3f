/** Whether 8x8's server is there and to be trusted. Its key is not tried: that would take a call that may cost. */
import { eightByEightBaseUrl } from '../../activities/eight-by-eight/client.ts'
import type { Config } from '../../platform/config.ts'
import { ok, unsafe, warning, wrong, type Finding } from './finding.ts'
import { askHead } from './http-answer.ts'

const ABOUT = '8x8'

export async function checkEightByEight(config: Config): Promise<readonly Finding[]> {
  const url = urlOf(config)
  const { host } = new URL(url)
  try {
    const { protocol } = await askHead(url)
    return [...judge(host, protocol, config.isProduction)]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return [wrong(ABOUT, `${host} does not answer, or not with a certificate that is valid${code}`)]
  }
}

export function urlOf({ eightByEight: { baseUrl, version, region } }: Config): string {
  return baseUrl ?? eightByEightBaseUrl(version, region)
}

function* judge(host: string, protocol: string | undefined, isProduction: boolean) {
  if (protocol === undefined) yield unsafe(isProduction)(ABOUT, `${host} answers without TLS`)
  // 8x8's error 1014: it takes numbers of Singapore by TLS 1.3 only.
  else if (protocol !== 'TLSv1.3')
    yield warning(ABOUT, `${host} answers by ${protocol}; 8x8 wants 1.3 for Singapore`)
  else yield ok(ABOUT, `${host} answers by ${protocol}; the key was not tried`)
}
