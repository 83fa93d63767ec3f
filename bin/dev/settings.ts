/** What `npm start` itself needs to know; everything else is for the parts, which get the environment as it is. */
export type DevSettings = {
  readonly apiPort: number
  readonly sandboxPort: number
  readonly temporalPort: number
  readonly temporalUiPort: number
  readonly codecPort: number
  readonly demoPort: number
  /** False when the environment names a Temporal server or profile. */
  readonly startsTemporal: boolean
  /** False when the environment names an 8x8 to talk to. */
  readonly startsSandbox: boolean
  /** False in production, and with APPS_FILE, of whose apps no key is known. */
  readonly startsDemo: boolean
  /** Undefined in production, where the codec server is a service of its own, behind TLS. */
  readonly codecUrl: string | undefined
  /** The codec server demands a token, which the development UI cannot send. */
  readonly isCodecLocked: boolean
  /** Of the development server. Default `default`. */
  readonly namespace: string
  /** The Temporal server that is used instead of ours, as a person would name it. */
  readonly temporalElsewhere: string | undefined
  /** The environment brings the API key, so that none is generated. */
  readonly bringsApiKey: boolean
  /** The apps and their keys stand in a file, so that no key here opens anything. */
  readonly appsFile: string | undefined
  /** Malformed and out of range values, one sentence each. */
  readonly problems: readonly string[]
}

/** Reads PORT, DEMO_PORT, API_KEY, APPS_FILE, SANDBOX_PORT, CODEC_…, TEMPORAL_… and EIGHTXEIGHT_…; an empty value counts as none. */
export function parseSettings(env: NodeJS.ProcessEnv): DevSettings {
  const problems: string[] = []
  const setting = (name: string) => (env[name] === '' ? undefined : env[name])
  const port = (name: string, standard: number): number => {
    const text = setting(name)
    if (text === undefined) return standard
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (value >= 1 && value <= 65_535) return value
    problems.push(`${name} is "${text}", and must be a port (1 to 65535).`)
    return standard
  }
  const codecPort = port('CODEC_PORT', 3003)
  const isProduction = setting('NODE_ENV') === 'production'
  const profile = setting('TEMPORAL_PROFILE')
  const configFile = setting('TEMPORAL_CONFIG_FILE')
  const temporalElsewhere =
    setting('TEMPORAL_ADDRESS') ?? (profile && `profile ${profile}`) ?? (configFile && `as in ${configFile}`)
  return {
    apiPort: port('PORT', 3000),
    sandboxPort: port('SANDBOX_PORT', 3002),
    temporalPort: port('TEMPORAL_DEV_PORT', 7233),
    temporalUiPort: port('TEMPORAL_DEV_UI_PORT', 8233),
    codecPort,
    demoPort: port('DEMO_PORT', 3001),
    startsTemporal: temporalElsewhere === undefined,
    startsSandbox: !isProduction && !setting('EIGHTXEIGHT_BASE_URL') && !setting('EIGHTXEIGHT_REGION'),
    startsDemo: !isProduction && setting('APPS_FILE') === undefined,
    codecUrl: isProduction ? undefined : `http://127.0.0.1:${codecPort}`,
    isCodecLocked: (setting('CODEC_TOKEN') ?? setting('CODEC_OIDC_JWKS_URL')) !== undefined,
    namespace: setting('TEMPORAL_NAMESPACE') ?? 'default',
    temporalElsewhere,
    bringsApiKey: setting('API_KEY') !== undefined,
    appsFile: setting('APPS_FILE'),
    problems,
  }
}
