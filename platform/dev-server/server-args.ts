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

/** The arguments of `temporal` for a development server. */
export function serverArgs(server: ServerArgs): string[] {
  const { port, uiPort, uiCodecEndpoint, dbFile, namespace, searchAttributes, extraArgs } = server
  return [
    ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'error'],
    uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)],
    uiCodecEndpoint === undefined ? [] : ['--ui-codec-endpoint', uiCodecEndpoint],
    ['--namespace', namespace],
    // The single shard of this server otherwise polls 20 times a second: up to 50 ms for every step of a login.
    ...['transfer', 'timer', 'visibility'].map((queue) => [
      '--dynamic-config-value',
      `history.${queue}ProcessorMaxPollRPS=2000`,
    ]),
    // Of four, the default, one that no poller is at keeps a login's first task for two seconds now and then.
    ...['Read', 'Write'].map((side) => [
      '--dynamic-config-value',
      `matching.numTaskqueue${side}Partitions=1`,
    ]),
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
