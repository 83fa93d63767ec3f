/** Whether Temporal is there, and as logins need it: namespace, retention, search attributes, version. Changes nothing. */
import { Connection, isGrpcServiceError, type Client } from '@temporalio/client'
import { ConfigError, type Config } from '../../platform/config.ts'
import {
  checkRetention,
  connectClient,
  describeTarget,
  missingSearchAttributes,
  registerSearchAttributes,
} from '../../platform/temporal.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import { ok, unsafe, warning, wrong, type Finding } from './finding.ts'
import { holesOf, isBefore, isReadable, LEAST_FOR_VERSIONS, LEAST_SAFE } from './server-version.ts'

const ABOUT = 'Temporal'
const MOST_MS = 5000

export async function checkTemporal(config: Config): Promise<readonly Finding[]> {
  try {
    return await checkAt(config, describeTarget(config))
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => wrong(ABOUT, problem))
    throw error
  }
}

async function checkAt(config: Config, where: string): Promise<readonly Finding[]> {
  const client = await connect(config)
  if (client === undefined) return [wrong(ABOUT, `cannot be reached: ${where}`)]
  try {
    return await client.withDeadline(Date.now() + 3 * MOST_MS, async () => [
      ok(ABOUT, `answers: ${where}`),
      ...(await checkVersion(client, config, where)),
      ...(await checkNamespace(client, config)),
    ])
  } finally {
    await client.connection.close()
  }
}

async function connect(config: Config): Promise<Client | undefined> {
  try {
    return await connectClient(config, { alarm: () => undefined })
  } catch {
    return undefined
  }
}

async function checkVersion(client: Client, config: Config, where: string): Promise<readonly Finding[]> {
  if (/\.tmprl\.cloud\b|\.temporal\.io\b/.test(where))
    return [ok('version', 'Temporal Cloud sees to its own')]
  const { serverVersion: version } = await client.workflowService.getSystemInfo({})
  if (!isReadable(version))
    return [warning('version', 'the server does not tell it; docs/running.md names the bad ones')]
  const upgrade = `upgrade to ${LEAST_SAFE}, or the newest of a later line`
  const tooOld = config.worker.isVersioned && isBefore(version, LEAST_FOR_VERSIONS)
  const findings = [
    ...(tooOld ? [wrong('version', `${version} is too old for WORKER_VERSIONING=on: ${upgrade}`)] : []),
    ...holesOf(version).map(({ cve, what }) =>
      unsafe(config.isProduction)('version', `${version} has ${cve} (${what}): ${upgrade}`),
    ),
  ]
  return findings.length > 0 ? findings : [ok('version', `${version}, without a hole that is known to us`)]
}

async function checkNamespace(client: Client, config: Config): Promise<readonly Finding[]> {
  const { namespace } = client.options
  try {
    await checkRetention({ isProduction: true }, client.connection, namespace)
  } catch (error) {
    if (error instanceof ConfigError) {
      const retention = error.problems.map((problem) => unsafe(config.isProduction)('namespace', problem))
      return [...retention, ...(await checkSearchAttributes(client))]
    }
    if (isNotFound(error)) {
      const command = `temporal operator namespace create --namespace ${namespace} --retention 30d`
      return [wrong('namespace', `${namespace} is not there: ${command}`)]
    }
    return [wrong('namespace', `Temporal does not tell of ${namespace}: may this client read it?`)]
  }
  return [
    ok('namespace', `${namespace} remembers for 30 days or more`),
    ...(await checkSearchAttributes(client)),
  ]
}

async function checkSearchAttributes(client: Client): Promise<readonly Finding[]> {
  const { namespace } = client.options
  const command = registerSearchAttributes(namespace, SEARCH_ATTRIBUTES)
  try {
    const { connection } = client
    // What `connectClient` makes always is one; the type of a client does not say so.
    if (!(connection instanceof Connection)) throw new Error('it lists no search attributes')
    const missing = await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES)
    return missing.length === 0
      ? [ok('search attributes', SEARCH_ATTRIBUTES.join(', '))]
      : [
          wrong(
            'search attributes',
            `${missing.join(', ')} missing, without which no login starts; ${command}`,
          ),
        ]
  } catch {
    return [warning('search attributes', `Temporal does not list them; unless they are there, ${command}`)]
  }
}

function isNotFound(error: unknown): boolean {
  const NOT_FOUND = 5
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined
  return code === NOT_FOUND
}
