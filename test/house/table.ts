/** The import table of design.md, section 5: who may import what. The first row that holds a file is its row. */

export type Row = {
  /** Files and folders (these end in a slash) that this row is about. */
  readonly at: readonly string[]
  /** Files and folders of ours that they may import, besides the row's own folder. */
  readonly ours: readonly string[] | 'anything'
  /** The same, but as types only. */
  readonly types?: readonly string[]
  readonly npm: readonly string[] | 'anything'
  readonly node: boolean
}

/** What a login's rules, its workflows, and 8x8's words are kept apart in. */
export const rooms = [
  'domain/',
  'workflows/',
  'activities/',
  'api/',
  'platform/',
  'client/',
  'sandbox/',
  'demo/',
  'bin/',
] as const

const api = {
  ours: ['domain/', 'workflows/messages.ts'],
  npm: ['hono', '@hono/zod-openapi', 'ipaddr.js'],
  node: true,
}

export const table: readonly Row[] = [
  { at: ['eslint.config.js', 'vitest.config.ts'], ours: [], npm: 'anything', node: true },
  { at: ['test/'], ours: 'anything', npm: 'anything', node: true },
  // Composition roots: they know concrete things, so that nobody else has to.
  {
    at: ['worker.ts', 'api/server.ts', 'bin/', 'bench/'],
    ours: [...rooms, 'bench/'],
    npm: 'anything',
    node: true,
  },
  { at: ['domain/phone.ts'], ours: ['domain/'], npm: ['libphonenumber-js'], node: false },
  { at: ['domain/'], ours: [], npm: [], node: false },
  {
    at: ['workflows/'],
    ours: ['domain/'],
    types: ['activities/'],
    npm: ['@temporalio/workflow', '@temporalio/common'],
    node: false,
  },
  {
    at: ['activities/'],
    ours: ['domain/'],
    npm: [
      '@temporalio/activity',
      '@temporalio/common',
      'cockatiel',
      'ipaddr.js',
      'ky',
      'standardwebhooks',
      'zod',
    ],
    node: true,
  },
  {
    at: ['api/login-gateway.ts', 'api/login-gateway/'],
    ...api,
    ours: [...api.ours, 'api/'],
    npm: [...api.npm, '@temporalio/client', '@temporalio/common'],
  },
  { at: ['api/'], ...api },
  // The only files that know OpenTelemetry's SDK, so that it is loaded only where traces are on.
  {
    at: ['platform/telemetry/traces/'],
    ours: ['domain/', 'platform/'],
    types: ['workflows/traces.ts'],
    npm: [
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-base',
      '@temporalio/interceptors-opentelemetry-v2',
      '@temporalio/worker',
    ],
    node: true,
  },
  {
    at: ['platform/'],
    ours: ['domain/'],
    npm: [
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
      '@temporalio/proto',
      '@temporalio/testing',
      '@temporalio/worker',
      'ioredis',
      'ipaddr.js',
      'jose',
      'pino',
      'prom-client',
      'rate-limiter-flexible',
      'zod',
    ],
    node: true,
  },
  { at: ['client/'], ours: [], npm: ['ky', 'jose', 'standardwebhooks'], node: true },
  { at: ['sandbox/'], ours: [], npm: ['hono', '@hono/node-server', 'zod'], node: true },
  {
    at: ['demo/'],
    ours: ['client/'],
    npm: [
      'hono',
      '@hono/node-server',
      'zod',
      'jose',
      'standardwebhooks',
      '@node-rs/argon2',
      'libphonenumber-js',
      'rate-limiter-flexible',
    ],
    node: true,
  },
]

/** Settings of a tool, which tells what they must look like; those at the top are in no room. */
export const isToolSetting = (path: string) => /(^|\/)[\w.-]+\.config\.[jt]s$/.test(path)

/** Domain files that no workflow may reach: they carry what replay must not depend on. */
export const notForWorkflows = ['domain/phone.ts']

/** Who reads `process.env` besides platform/config.ts, and why. */
export const environmentReaders: readonly { readonly at: string; readonly why: string }[] = [
  { at: 'platform/config.ts', why: 'it is the one place where settings are read and checked' },
  { at: 'platform/config/', why: 'the codec server reads fewer settings than the rest' },
  { at: 'platform/dev-server/', why: 'child processes get the PATH and HOME of a developer’s shell' },
  { at: 'bin/', why: 'npm start hands its environment on to the parts that it starts' },
  { at: 'bench/bench.ts', why: 'the parts that it starts find programs and Temporal as its shell does' },
  { at: 'sandbox/server.ts', why: 'the sandbox imports nothing of ours, platform/config.ts included' },
  { at: 'demo/server.ts', why: 'the demo is a customer’s product, with settings of its own' },
  { at: 'test/', why: 'tests start processes' },
]

/** Default exports that a tool asks for. */
export const defaultExports: readonly { readonly at: string; readonly why: string }[] = [
  { at: 'test/support/global-setup.ts', why: 'vitest runs the default export' },
]

/** Lines of a hand-written file outside test/: a screen or two. */
export const MOST_LINES = 300

/** Whether `path` is one of these files, or in one of these folders. */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
}
