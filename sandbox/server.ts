import { parseEnvironment } from './environment.ts'
import { startSandbox } from './start-sandbox.ts'

/** `npm run sandbox`: the sandbox as a process of its own, until SIGTERM or SIGINT. */
try {
  const { subAccountId, ...options } = parseEnvironment(process.env)
  const { url, close } = await startSandbox(options).catch((error: unknown) => {
    throw new Error(explain(error, options.port))
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void close())
  console.log(`8x8 sandbox on ${url} (inbox at /inbox)`)
  if (subAccountId !== undefined) console.log(`sub-account: ${subAccountId}, or any other`)
} catch (error) {
  console.error(error instanceof Error ? error.message : 'The sandbox could not start.')
  process.exitCode = 1
}

function explain(error: unknown, port: number): string {
  const reason = error instanceof Error && 'code' in error ? error.code : undefined
  if (reason === 'EADDRINUSE') return `Port ${port} is already in use. Set SANDBOX_PORT to a free one.`
  return `Port ${port} could not be opened (${String(reason)}). Set SANDBOX_PORT to another.`
}
