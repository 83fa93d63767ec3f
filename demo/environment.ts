/** What the demo's process is told by its environment. */
export type DemoEnvironment = {
  /** `DEMO_PORT`, 1–65535, default 3001. */
  readonly port: number
  /** `DEMO_URL`, the origin that browsers see; default `http://127.0.0.1:{DEMO_PORT}`. */
  readonly url: string
  /** `DEMO_FILE`: where accounts and sessions are kept; default: in memory. */
  readonly file?: string
  readonly postern: {
    /** `POSTERN_URL`, default `http://127.0.0.1:3000`. */
    readonly url: string
    /** `POSTERN_API_KEY`, required. */
    readonly apiKey: string
    /** `POSTERN_ISSUER`: `iss` of assertions, Postern's `PUBLIC_URL`; default `POSTERN_URL`. */
    readonly issuer: string
    /** `POSTERN_AUDIENCE`: `aud` of assertions, the app's name unless it has another; default `default`. */
    readonly audience: string
  }
  /** `WEBHOOK_SECRET`, `whsec_` and base64; default: no webhook is believed. */
  readonly webhookSecret?: string
  /** `SANDBOX_URL`, `TEMPORAL_UI_URL` and `TEMPORAL_NAMESPACE`: in development, what is shown beside each page. */
  readonly development?: { readonly sandboxUrl: string; readonly workflowsUrl?: string }
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws `Error` with a line for each variable that is wrong */
export function parseEnvironment(env: Environment): DemoEnvironment {
  const problems: string[] = []
  /** An empty variable is one that is not set. */
  const text = (name: string) => (env[name] === '' ? undefined : env[name])

  function origin(name: string, standard: string): string {
    const value = text(name) ?? standard
    const parsed = URL.parse(value)
    const isOrigin =
      parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.href === `${parsed.origin}/`
    if (isOrigin) return parsed.origin
    problems.push(`${name} must be an http or https origin, such as ${standard}.`)
    return standard
  }

  const portText = text('DEMO_PORT') ?? '3001'
  const port = Number(portText)
  const isPort = /^\d{1,5}$/.test(portText) && port >= 1 && port <= 65535
  if (!isPort) problems.push(`DEMO_PORT must be a port number from 1 to 65535, not "${portText}".`)
  const url = origin('DEMO_URL', `http://127.0.0.1:${isPort ? port : 3001}`)
  const posternUrl = origin('POSTERN_URL', 'http://127.0.0.1:3000')

  const apiKey = text('POSTERN_API_KEY') ?? ''
  if (apiKey === '') problems.push('POSTERN_API_KEY is required: the key of an app with the scope start.')

  const webhookSecret = text('WEBHOOK_SECRET')
  const isSecret = webhookSecret === undefined || /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(webhookSecret)
  if (!isSecret) problems.push('WEBHOOK_SECRET must be whsec_ and at least 24 bytes in base64.')

  const file = text('DEMO_FILE')
  const sandboxUrl = text('SANDBOX_URL') && origin('SANDBOX_URL', 'http://127.0.0.1:3002')
  const temporalUi = text('TEMPORAL_UI_URL') && origin('TEMPORAL_UI_URL', 'http://127.0.0.1:8233')
  const namespace = encodeURIComponent(text('TEMPORAL_NAMESPACE') ?? 'default')
  const workflowsUrl = temporalUi && `${temporalUi}/namespaces/${namespace}/workflows`
  if (problems.length > 0) throw new Error(problems.join('\n'))

  return {
    port,
    url,
    ...(file === undefined ? {} : { file }),
    postern: {
      url: posternUrl,
      apiKey,
      issuer: text('POSTERN_ISSUER') ?? posternUrl,
      audience: text('POSTERN_AUDIENCE') ?? 'default',
    },
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(sandboxUrl === undefined
      ? {}
      : { development: { sandboxUrl, ...(workflowsUrl === undefined ? {} : { workflowsUrl }) } }),
  }
}
