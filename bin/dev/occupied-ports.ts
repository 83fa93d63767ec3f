import type { EarlierServer } from '../../platform/dev-server/earlier.ts'
import { isOccupied } from '../../platform/dev-server/ports.ts'
import type { DevSettings } from './settings.ts'

/**
 * Every reason why the ports are not ours to use, one sentence each, with the setting that changes it. Empty when all
 * parts can start. A Temporal server of an earlier start is no obstacle on the ports where it is expected.
 */
export async function occupiedPorts(
  settings: DevSettings,
  earlier: EarlierServer | undefined,
): Promise<readonly string[]> {
  const wanted = [
    { port: settings.apiPort, part: 'the API', remedy: 'PORT=… chooses another' },
    ...(settings.startsSandbox
      ? [{ port: settings.sandboxPort, part: 'the 8x8 sandbox', remedy: 'SANDBOX_PORT=… chooses another' }]
      : []),
    ...(settings.startsDemo
      ? [{ port: settings.demoPort, part: 'the demo', remedy: 'DEMO_PORT=… chooses another' }]
      : []),
    ...(settings.codecUrl
      ? [{ port: settings.codecPort, part: 'the codec server', remedy: 'CODEC_PORT=… chooses another' }]
      : []),
    ...(settings.startsTemporal && !earlier
      ? [
          {
            port: settings.temporalPort,
            part: 'the Temporal server',
            remedy: `TEMPORAL_ADDRESS=127.0.0.1:${settings.temporalPort} uses the Temporal server there, if it is one; TEMPORAL_DEV_PORT=… chooses another for ours`,
          },
          {
            port: settings.temporalUiPort,
            part: "Temporal's UI",
            remedy: 'TEMPORAL_DEV_UI_PORT=… chooses another',
          },
        ]
      : []),
  ]
  const problems: string[] = []
  for (const [index, { port, part, remedy }] of wanted.entries()) {
    const rival = wanted.slice(0, index).find((other) => other.port === port)
    if (rival) problems.push(`Port ${port} is wanted for ${rival.part} and for ${part}: ${remedy}.`)
    else if (await isOccupied(port)) problems.push(`Port ${port}, for ${part}, is occupied: ${remedy}.`)
  }
  // Two servers on one database file would spoil it.
  if (earlier && earlier.port !== settings.temporalPort) {
    problems.push(
      `Our Temporal server of an earlier start still runs on port ${earlier.port}, with the same database: ` +
        `TEMPORAL_DEV_PORT=${earlier.port} uses it, \`kill ${earlier.pid}\` ends it.`,
    )
  }
  return problems
}
