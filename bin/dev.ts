/**
 * `npm start`: everything a login needs, on this machine, as separate processes: a Temporal server, the 8x8 sandbox,
 * the worker, the API, the codec server and the demo. Ctrl-C stops them in the opposite order. With TEMPORAL_ADDRESS,
 * TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE no Temporal server is started, with EIGHTXEIGHT_BASE_URL or
 * EIGHTXEIGHT_REGION no sandbox, in production no codec server and no demo,
 * and with APPS_FILE no demo either.
 */
import './dev/require-node.ts'
import { join, resolve } from 'node:path'
import { findEarlier } from '../platform/dev-server/earlier.ts'
import { demoAgreement } from './dev/demo-agreement.ts'
import { links } from './dev/links.ts'
import { npmGone } from './dev/npm-gone.ts'
import { createOutput } from './dev/output.ts'
import { occupiedPorts } from './dev/occupied-ports.ts'
import { processPart } from './dev/process-part.ts'
import { parseSettings } from './dev/settings.ts'
import { supervise } from './dev/supervise.ts'
import { temporalPart } from './dev/temporal-part.ts'

const root = resolve(import.meta.dirname, '..')
const recordFile = join(root, '.postern', 'temporal.json')
const dbFile = join(root, '.postern', 'temporal.db')

const settings = parseSettings(process.env)
const earlier = settings.startsTemporal ? await findEarlier(recordFile, dbFile) : undefined
const problems = [...settings.problems, ...(await occupiedPorts(settings, earlier))]
if (problems.length > 0) {
  for (const problem of problems) console.error(`postern: ${problem}`)
  process.exit(1)
}

const env = settings.startsTemporal
  ? {
      ...process.env,
      TEMPORAL_ADDRESS: `127.0.0.1:${settings.temporalPort}`,
      TEMPORAL_DEV_UI_PORT: String(earlier?.uiPort ?? settings.temporalUiPort),
    }
  : process.env
const keysFile = join(root, '.postern', 'keys.json')
const agreed = settings.startsDemo ? demoAgreement({ settings, earlier, env, keysFile }) : undefined
const script = (
  name: string,
  file: string,
  readyPrefix: string,
  own: NodeJS.ProcessEnv = {},
  flags: string[] = [],
) =>
  processPart({
    name,
    command: process.execPath,
    args: [...flags, join(root, file)],
    cwd: root,
    env: { ...env, ...own },
    readyPrefix,
  })

const parts = [
  ...(settings.startsTemporal ? [temporalPart({ settings, earlier, dbFile, recordFile })] : []),
  ...(settings.startsSandbox
    ? [script('sandbox', 'sandbox/server.ts', '8x8 sandbox on http://', agreed?.sandbox)]
    : []),
  script('worker', 'worker.ts', 'postern: ready', agreed?.postern),
  script('api', 'api/server.ts', 'postern: ready', agreed?.postern),
  ...(settings.codecUrl ? [script('codec', 'bin/codec-server.ts', 'postern: ready')] : []),
  ...(agreed
    ? [
        // Node strips the types of the demo's pages, and warns that it does not do so for long yet.
        script('demo', 'demo/server.ts', 'demo: ready', agreed.demo, [
          '--disable-warning=ExperimentalWarning',
        ]),
      ]
    : []),
]
process.exitCode = await supervise(parts, {
  output: createOutput(parts.map(({ name }) => name)),
  npmGone: npmGone(process.env),
  whenUp: () => links({ settings, earlier, keysFile }),
})
