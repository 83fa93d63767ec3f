import { startSandbox } from './start-sandbox.ts'

/**
 * `npm run sandbox`: the sandbox as a process of its own.
 * `SANDBOX_PORT` (default 3002), `EIGHTXEIGHT_API_KEY` (default `sandbox-key`),
 * `EIGHTXEIGHT_SUBACCOUNT_ID` (shown only: every well-formed sub-account is accepted).
 */
const { SANDBOX_PORT = '3002', EIGHTXEIGHT_API_KEY, EIGHTXEIGHT_SUBACCOUNT_ID } = process.env

try {
  const port = parsePort(SANDBOX_PORT)
  if (EIGHTXEIGHT_API_KEY === '') throw new Error('EIGHTXEIGHT_API_KEY must not be empty.')
  const { url, close } = await startSandbox({
    port,
    ...(EIGHTXEIGHT_API_KEY === undefined ? {} : { apiKey: EIGHTXEIGHT_API_KEY }),
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void close())
  console.log(`8x8 sandbox on ${url} (inbox at /inbox)`)
  if (EIGHTXEIGHT_SUBACCOUNT_ID !== undefined)
    console.log(`sub-account: ${EIGHTXEIGHT_SUBACCOUNT_ID}, or any other`)
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65535)) throw new Error(`SANDBOX_PORT must be a port number from 0 to 65535, not "${text}".`)
  return port
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'The sandbox could not start.'
  if (!('code' in error)) return error.message
  if (error.code === 'EADDRINUSE')
    return `Port ${SANDBOX_PORT} is already in use. Set SANDBOX_PORT to a free one.`
  if (error.code === 'EACCES') return `Port ${SANDBOX_PORT} may not be opened. Set SANDBOX_PORT to another.`
  return error.message
}
