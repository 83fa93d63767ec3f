/** `npm run codec-server`: config → codec → callers → app → port → drain. Holds the encryption keys and no others. */
import { serve } from '@hono/node-server'
import { createEncryptionCodec } from '../platform/codec/encryption.ts'
import { readCodecServerConfig } from '../platform/config/codec-server.ts'
import { ConfigError } from '../platform/config.ts'
import { prepareDrain } from '../platform/drain.ts'
import { createAudit, createLog } from '../platform/log.ts'
import { startPart } from '../platform/part.ts'
import { requestTimeouts } from '../platform/request-timeouts.ts'
import { createAccessTokens } from './codec-server/access-tokens.ts'
import { createCodecServer } from './codec-server/app.ts'
import { createCallers } from './codec-server/callers.ts'
import { allowedOrigins } from './codec-server/origins.ts'

/** A page of a history asks for a few dozen; scripts of one engineer stay well below. */
const MOST_REQUESTS_PER_MINUTE = 3000

await startPart('codec-server', async () => {
  const config = readCodecServerConfig()
  const { isProduction, namespace, encryptionKeys: keys, token, oidc, host, port } = config
  const log = createLog('codec-server', config.logLevel)
  const app = createCodecServer({
    // What is not encrypted is shown too: an engineer must be able to see what somebody else wrote.
    codec: createEncryptionCodec({
      keys,
      namespace,
      plainText: 'accepted',
      alarm: (text) => log.error({}, text),
    }),
    plainText: isProduction ? 'refused' : 'accepted',
    namespace,
    origins: allowedOrigins(config.uiOrigin, isProduction),
    callers: createCallers({ isProduction, token, accessTokens: oidc && createAccessTokens(oidc) }),
    mostRequestsPerMinute: MOST_REQUESTS_PER_MINUTE,
    audit: createAudit('codec-server'),
    log,
  })

  const server = serve({ fetch: app.fetch, port, hostname: host, serverOptions: requestTimeouts() })
  const drain = prepareDrain(server)
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      reject(isTaken ? new ConfigError([`CODEC_PORT ${port} is occupied; set another`]) : error)
    })
  })
  return {
    ready: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    drain,
  }
})
