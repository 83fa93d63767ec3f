/** The connection to Valkey or Redis, set so that trouble is known at once and nothing is done late. */
import { Redis } from 'ioredis'
import type { Log } from '../../domain/log.ts'

/** What one command may take, in milliseconds; then the answer is that there is none. */
const COMMAND_MS = 500
/** How long a connection may leave a command unanswered, in milliseconds; one on which nobody asks may be silent. */
const SILENCE_MS = 2000
const MOST_BETWEEN_TRIES_MS = 1000
/** How long a start of the process waits for the server before it goes on without. */
const FIRST_CONNECTION_MS = 2000

export type Valkey = Redis

export type ValkeyLog = Pick<Log, 'info' | 'error'>

/**
 * Connects, and again whenever the connection is lost. Commands are never queued: while the server is away each fails
 * at once, and one that a hanging server leaves open fails after half a second. A connection that stays silent is given
 * up: its server may have gone without a word, and the name may lead to another.
 *
 * @param url `redis://` or `rediss://`, with credentials if it needs them; it is not logged
 */
export async function connectValkey(url: string, log: ValkeyLog): Promise<Valkey> {
  const client = new Redis(url, {
    commandTimeout: COMMAND_MS,
    socketTimeout: SILENCE_MS,
    connectTimeout: FIRST_CONNECTION_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 100, MOST_BETWEEN_TRIES_MS),
    // After a failover the name leads to the new primary, and the connection still to the old one, which takes no writes.
    reconnectOnError: ({ message }) => message.includes('READONLY'),
  })
  let isAway = false
  const { promise: settled, resolve: settle } = Promise.withResolvers<unknown>()
  const away = () => {
    if (!isAway) log.error({}, 'the store of the limits is away: no code is sent until it is back')
    isAway = true
  }
  client.on('ready', () => {
    if (isAway) log.info({}, 'the store of the limits is back')
    isAway = false
    settle(undefined)
  })
  client.on('error', away)
  client.on('close', () => {
    if (client.status !== 'end') away()
  })
  const timer = setTimeout(settle, FIRST_CONNECTION_MS)
  await settled
  clearTimeout(timer)
  return client
}
