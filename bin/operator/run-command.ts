/** What operators' commands have in common: the settings, a client, and one true line about what stood in the way. */
import { isGrpcServiceError, type Client } from '@temporalio/client'
import { NamespaceNotFoundError } from '@temporalio/common'
import { toldByCodec, toTrouble, type Trouble } from '../../api/login-gateway/errors.ts'
import { ConfigError, readConfig, type Config } from '../../platform/config.ts'
import { connectClient, describeTarget } from '../../platform/temporal.ts'
import { CommandError } from './command-error.ts'
import { fail } from './fail.ts'

const NAMESPACE_MS = 10_000
const NOT_FOUND = 5

const troubles: Readonly<Record<Trouble['kind'], string>> = {
  closed: 'knows no such workflow',
  refused: 'has a worker that refuses this',
  'no-answer': 'has not answered in time, and may still do what was asked',
  'not-taken': 'was busy with the same login and has not taken this; repeat it',
  overloaded: 'takes no more for now; repeat this later',
  down: 'is away, or answers with an error',
}

/** Runs a command with the settings. What stands in its way is told, and the exit status is then 1. */
export async function runCommand(command: (config: Config) => Promise<void>): Promise<void> {
  try {
    await command(readConfig())
  } catch (error) {
    const isTold = error instanceof ConfigError || error instanceof CommandError
    fail(isTold ? error.message : `It failed unexpectedly: ${nameOf(error)}.`)
  }
}

/**
 * Gives a client to `act`, and closes its connection afterwards. The namespace is asked for before: to most calls a
 * missing one is a missing workflow.
 *
 * @throws CommandError for whatever is Temporal's fault
 */
export async function withClient<T>(config: Config, act: (client: Client) => Promise<T>): Promise<T> {
  const where = describeTarget(config)
  const client = await connect(config, where)
  try {
    await findNamespace(client)
    return await act(client)
  } catch (error) {
    throw toCommandError(error, where)
  } finally {
    await client.connection.close()
  }
}

async function connect(config: Config, where: string): Promise<Client> {
  try {
    return await connectClient(config, { alarm: (text) => process.stderr.write(`${text}\n`) })
  } catch {
    throw new CommandError(`Temporal cannot be reached: ${where}.`)
  }
}

async function findNamespace(client: Client): Promise<void> {
  const { namespace } = client.options
  try {
    await client.withDeadline(Date.now() + NAMESPACE_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    )
  } catch (error) {
    const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined
    throw code === NOT_FOUND ? new NamespaceNotFoundError(namespace) : error
  }
}

/** What is not Temporal's stays as it is: a bug of ours must not look like an outage. */
function toCommandError(error: unknown, where: string): unknown {
  if (toldByCodec(error) !== undefined) {
    return new CommandError('What Temporal keeps of it does not open with ENCRYPTION_KEYS.')
  }
  if (error instanceof NamespaceNotFoundError)
    return new CommandError(`Temporal has no such namespace: ${where}.`)
  try {
    return new CommandError(`Temporal ${troubles[toTrouble(error).kind]}: ${where}.`)
  } catch {
    return error
  }
}

/** Not its message, which may repeat what a person typed or Temporal keeps. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
