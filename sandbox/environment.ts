import type { Webhook } from './options.ts'

/** What the sandbox's process is told by its environment. */
export type SandboxEnvironment = {
  /** `SANDBOX_PORT`, 0–65535, default 3002; 0 takes a free one. */
  readonly port: number
  /** `EIGHTXEIGHT_API_KEY`, default `sandbox-key`. */
  readonly apiKey: string
  /** `EIGHTXEIGHT_SUBACCOUNT_ID`, to be shown only: every well-formed sub-account is accepted. */
  readonly subAccountId: string | undefined
  /** `SANDBOX_WEBHOOK_URL` and `SANDBOX_WEBHOOK_AUTHORIZATION`: the account's webhook; default none. */
  readonly webhook?: Webhook
  /** `SANDBOX_FRAME_ANCESTORS`: origins whose pages may show the inbox in a frame, with commas between; default none. */
  readonly frameAncestors?: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * An empty variable counts as one that is not set.
 *
 * @throws `Error` with a line for the person who set the variable.
 */
export function parseEnvironment(env: Environment): SandboxEnvironment {
  const given: Environment = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const { SANDBOX_PORT = '3002', EIGHTXEIGHT_API_KEY = 'sandbox-key', EIGHTXEIGHT_SUBACCOUNT_ID } = given
  const port = /^\d{1,5}$/.test(SANDBOX_PORT) ? Number(SANDBOX_PORT) : Infinity
  if (port > 65535)
    throw new Error(`SANDBOX_PORT must be a port number from 0 to 65535, not "${SANDBOX_PORT}".`)
  const webhook = parseWebhook(given.SANDBOX_WEBHOOK_URL, given.SANDBOX_WEBHOOK_AUTHORIZATION)
  const frameAncestors = parseOrigins(given.SANDBOX_FRAME_ANCESTORS)
  return {
    port,
    apiKey: EIGHTXEIGHT_API_KEY,
    subAccountId: EIGHTXEIGHT_SUBACCOUNT_ID,
    ...webhook,
    ...frameAncestors,
  }
}

function parseWebhook(url?: string, authorization?: string): { webhook?: Webhook } {
  if (url === undefined) return {}
  const isWeb = /^https?:$/.test(URL.parse(url)?.protocol ?? '')
  if (!isWeb) throw new Error('SANDBOX_WEBHOOK_URL must be an http or https URL.')
  return { webhook: { url, ...(authorization === undefined ? {} : { authorization }) } }
}

/** As browsers write them, so without a wildcard: they become a part of a header. */
function parseOrigins(list?: string): { frameAncestors?: readonly string[] } {
  if (list === undefined) return {}
  const origins = list.split(',').map((each) => each.trim())
  const areOrigins = origins.every((each) => /^https?:[^*]+$/.test(each) && URL.parse(each)?.origin === each)
  if (!areOrigins) throw new Error('SANDBOX_FRAME_ANCESTORS must be origins such as http://127.0.0.1:3001.')
  return { frameAncestors: origins }
}
