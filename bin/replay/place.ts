/** Where histories are read with which keys: the settings, asked for when something needs them and not before. */
import { createIdentity } from '../../api/identity.ts'
import { createEncryptionCodec } from '../../platform/codec/encryption.ts'
import { readConfig } from '../../platform/config.ts'
import { connectClient, describeTarget, namespaceOf } from '../../platform/temporal.ts'
import type { Keys } from './payloads.ts'
import { AwayError, createServer, type Server } from './server.ts'

export type Place = {
  /** Connects when it is first asked for. @throws ConfigError, AwayError */
  readonly server: () => Promise<Server>
  /** @throws ConfigError */
  readonly keys: () => Promise<Keys>
  /** The workflow that a login id names; `undefined` for what is no login id. */
  readonly workflowIdOf: (loginId: string) => string | undefined
  readonly close: () => Promise<void>
}

export function openPlace(): Place {
  const config = once(readConfig)
  const connected = once(async () => {
    const where = describeTarget(config())
    try {
      return { client: await connectClient(config(), { alarm: () => undefined }), where }
    } catch {
      throw new AwayError(where)
    }
  })
  let isConnected = false
  return {
    async server() {
      isConnected = true
      const { client, where } = await connected()
      return createServer(client, where)
    },
    keys() {
      const namespace = namespaceOf(config())
      const options = {
        keys: config().encryptionKeys,
        namespace,
        plainText: 'refused',
        alarm: () => undefined,
      } as const
      return Promise.resolve({ codec: createEncryptionCodec(options), namespace })
    },
    workflowIdOf: (loginId) => createIdentity(config().lookupKey).parseLoginId(loginId)?.workflowId,
    async close() {
      if (isConnected)
        await connected().then(
          ({ client }) => client.connection.close(),
          () => undefined,
        )
    },
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
