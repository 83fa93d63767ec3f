/** Name → type, as `temporal server start-dev` spells the types. */
export type SearchAttributes = Readonly<
  Record<string, 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList'>
>

/** What a login is found by; the same names as in `workflows/`. */
export const loginAttributes = {
  PosternApp: 'Keyword',
  PosternCountry: 'Keyword',
  PosternStatus: 'Keyword',
} as const

export type ServerArgs = {
  readonly namespace: string
  readonly searchAttributes: SearchAttributes
  readonly extraArgs: readonly string[]
  readonly port: number
  readonly uiPort: number | undefined
  readonly uiCodecEndpoint?: string | undefined
  readonly dbFile: string | undefined
}

const DYNAMIC_CONFIG = [
  // The single shard of this server otherwise polls 20 times a second: up to 50 ms for every step of a login.
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
  // Of four, the default, one that no poller is at keeps a login's first task for two seconds now and then.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
]

/** The arguments of `temporal` for a development server. */
export function serverArgs(server: ServerArgs): string[] {
  const { port, uiPort, uiCodecEndpoint, dbFile, namespace, searchAttributes, extraArgs } = server
  return [
    ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)],
    uiCodecEndpoint === undefined ? [] : ['--ui-codec-endpoint', uiCodecEndpoint],
    ['--namespace', namespace],
    ...DYNAMIC_CONFIG.map((setting) => ['--dynamic-config-value', setting]),
    ...Object.entries(searchAttributes).map(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    // A database file otherwise halves the throughput.
    dbFile === undefined
      ? []
      : ['--db-filename', dbFile]
          .concat(['--sqlite-pragma', 'journal_mode=WAL'])
          .concat(['--sqlite-pragma', 'synchronous=NORMAL']),
    extraArgs,
  ].flat()
}

/** The CLI reads clients' settings too, and would refuse to start over a profile that does not exist. */
export function withoutTemporalSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')))
}
