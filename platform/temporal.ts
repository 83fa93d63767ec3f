/** How every part reaches Temporal: one place for address, namespace, keys and TLS. */
import { readFileSync } from 'node:fs'
import { Client, Connection, type ClientInterceptors } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { DataConverter } from '@temporalio/common'
import { NativeConnection } from '@temporalio/worker'
import { createDataConverter } from './codec/data-converter.ts'
import type { EncryptionOptions } from './codec/encryption.ts'
import { ConfigError, type Config } from './config.ts'
import { givenVariables, headerValue } from './config/parsers.ts'

type Target = { readonly options: Parameters<typeof Connection.connect>[0]; readonly namespace: string }

/** Told of what the codec comes across. */
type Watch = Pick<EncryptionOptions, 'alarm' | 'plainTextSeen' | 'sealedWith'>

export async function connectClient(
  config: Config,
  watch: Watch,
  interceptors: ClientInterceptors = {},
): Promise<Client> {
  const { options, namespace } = temporalTarget(config)
  const connection = await Connection.connect(options)
  const dataConverter = converter(config, namespace, watch)
  return new Client({ connection, namespace, dataConverter, interceptors })
}

export type WorkerConnection = {
  readonly connection: NativeConnection
  readonly namespace: string
  /** For the worker and its bundle, and for whatever else reads histories. */
  readonly dataConverter: DataConverter
}

export async function connectWorker(config: Config, watch: Watch): Promise<WorkerConnection> {
  const { options, namespace } = temporalTarget(config)
  // Sealed payloads do not compress; trying costs the processor time of both ends (docs/bench.md).
  const grpcCompression = { codec: 'none' } as const
  const connection = await NativeConnection.connect({ ...options, grpcCompression } as never)
  return { connection, namespace, dataConverter: converter(config, namespace, watch) }
}

function converter(config: Config, namespace: string, watch: Watch): DataConverter {
  const { encryptionKeys: keys, isProduction } = config
  return createDataConverter({ keys, namespace, plainText: isProduction ? 'refused' : 'accepted', ...watch })
}

/** The namespace that every part speaks of. */
export const namespaceOf = (config: Config): string => temporalTarget(config).namespace

/** What is used, in words, for the log at start. */
export function describeTarget(config: Config): string {
  const { options, namespace } = temporalTarget(config)
  return `${options?.address ?? '127.0.0.1:7233'}, namespace ${namespace}`
}

/**
 * Variables as `@temporalio/envconfig` reads them (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
 * `TEMPORAL_TLS…`); its profile files only when `TEMPORAL_PROFILE` or `TEMPORAL_CONFIG_FILE` names one, so that a
 * file left in a home directory cannot send a login elsewhere.
 *
 * @throws ConfigError when they cannot be read. It repeats nothing of them: a library's message may quote the key.
 */
function temporalTarget(config: Config): Target {
  const { connectionOptions, namespace } = loadTarget(config.temporal.mayReadProfileFile)
  const { apiKey, metadata = {} } = connectionOptions
  const sent = [...(typeof apiKey === 'string' ? [apiKey] : []), ...Object.values(metadata)]
  if (!sent.every((value) => headerValue.safeParse(value).success)) {
    throw new ConfigError(['the API key or the gRPC metadata for Temporal are no values of a header'])
  }
  if (config.isProduction && connectionOptions.address === undefined) {
    throw new ConfigError(['TEMPORAL_ADDRESS is required in production, there or in the profile'])
  }
  return {
    options: { address: '127.0.0.1:7233', ...connectionOptions },
    namespace: namespace ?? 'default',
  }
}

/** Variables that name a file. One of a profile that is not there the library would take for an empty one. */
const FILES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
]

function loadTarget(mayReadFile: boolean) {
  const given = givenVariables()
  const unreadable = FILES.filter((name) => given[name] !== undefined && !isReadable(given[name]))
  if (unreadable.length > 0) throw new ConfigError(unreadable.map((name) => `${name} cannot be read`))
  try {
    // As it reads them itself, an empty TEMPORAL_TLS turns TLS off.
    return loadClientConnectConfig({
      disableFile: !mayReadFile,
      overrideEnvVars: given,
      // Else `[profile.default.tsl]` is a connection in plain text.
      configFileStrict: true,
    })
  } catch (error) {
    const isUnknown = error instanceof Error && error.message.startsWith('Profile ')
    throw new ConfigError([
      isUnknown
        ? 'TEMPORAL_PROFILE: there is no profile of that name in the file, or no file'
        : 'the TEMPORAL_ variables, or the profile file that they name, cannot be read, or a key in it is unknown',
    ])
  }
}

function isReadable(file: string): boolean {
  try {
    readFileSync(file)
    return true
  } catch {
    return false
  }
}

/**
 * Registers the search attributes that a start sets, if they are not there yet.
 *
 * @returns what could not be done, in words that say the command; `undefined` when all is well
 */
export async function ensureSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
  names: readonly string[],
): Promise<string | undefined> {
  const KEYWORD = 2
  try {
    const missing = await missingSearchAttributes(connection, namespace, names)
    if (missing.length === 0) return undefined
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]))
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes })
    return undefined
  } catch {
    return registerSearchAttributes(namespace, names)
  }
}

/** @returns those of `names` that the namespace does not have */
export async function missingSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return names.filter((name) => !(name in customAttributes))
}

/** What is to be done, with the command. */
export function registerSearchAttributes(namespace: string, names: readonly string[]): string {
  const options = names.map((name) => `--name ${name} --type Keyword`).join(' ')
  return `register the search attributes: temporal operator search-attribute create --namespace ${namespace} ${options}`
}

/** A number is remembered for as long as its last run is: failures, idempotency keys and a disabling included. */
const LEAST_RETENTION_DAYS = 30

/** @throws ConfigError in production, when the namespace forgets sooner than that (fault row 51) */
export async function checkRetention(
  config: Pick<Config, 'isProduction'>,
  connection: Pick<Connection, 'workflowService'>,
  namespace: string,
): Promise<void> {
  if (!config.isProduction) return
  const described = await connection.workflowService.describeNamespace({ namespace })
  const days = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400
  if (days >= LEAST_RETENTION_DAYS) return
  throw new ConfigError([
    `the retention of namespace ${namespace} must be at least ${LEAST_RETENTION_DAYS} days, and is ${days}: ` +
      `temporal operator namespace update --namespace ${namespace} --retention ${LEAST_RETENTION_DAYS}d`,
  ])
}
