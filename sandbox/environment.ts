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

/** @throws `Error` with a line for the person who set the variable. */
export function parseEnvironment(env: Readonly<Record<string, string | undefined>>): SandboxEnvironment {
  const { SANDBOX_PORT = '3002', EIGHTXEIGHT_API_KEY = 'sandbox-key', EIGHTXEIGHT_SUBACCOUNT_ID } = env
  const port = /^\d{1,5}$/.test(SANDBOX_PORT) ? Number(SANDBOX_PORT) : Infinity
  if (port > 65535)
    throw new Error(`SANDBOX_PORT must be a port number from 0 to 65535, not "${SANDBOX_PORT}".`)
  if (EIGHTXEIGHT_API_KEY === '') throw new Error('EIGHTXEIGHT_API_KEY must not be empty.')
  const webhook = parseWebhook(env.SANDBOX_WEBHOOK_URL, env.SANDBOX_WEBHOOK_AUTHORIZATION)
  const frameAncestors = parseOrigins(env.SANDBOX_FRAME_ANCESTORS)
  return {
    port,
    apiKey: EIGHTXEIGHT_API_KEY,
    subAccountId: EIGHTXEIGHT_SUBACCOUNT_ID,
    ...webhook,
    ...frameAncestors,
  }
}

function parseWebhook(url = '', authorization = ''): { webhook?: Webhook } {
  if (url === '') return {}
  const isWeb = /^https?:$/.test(URL.parse(url)?.protocol ?? '')
  if (!isWeb) throw new Error('SANDBOX_WEBHOOK_URL must be an http or https URL.')
  return { webhook: { url, ...(authorization === '' ? {} : { authorization }) } }
}

/** As browsers write them, so without a wildcard: they become a part of a header. */
function parseOrigins(list = ''): { frameAncestors?: readonly string[] } {
  if (list === '') return {}
  const origins = list.split(',').map((each) => each.trim())
  const areOrigins = origins.every((each) => /^https?:[^*]+$/.test(each) && URL.parse(each)?.origin === each)
  if (!areOrigins) throw new Error('SANDBOX_FRAME_ANCESTORS must be origins such as http://127.0.0.1:3001.')
  return { frameAncestors: origins }
}
