/** How long a client may take over a request, so that slow ones hold no connection for long (fault row 3). */
import type { ServerOptions } from 'node:http'

export type Patience = {
  /** For the headers, from the moment when the connection is taken or its last request was answered. Default 10 000. */
  readonly headersMs?: number
  /** For the whole request, its body included. Default 20 000. */
  readonly requestMs?: number
}

/**
 * For servers that strangers reach; Node's own patience is a minute for headers and five for a body. Whoever is late
 * gets 408, and the connection is closed. An answer may take as long as it needs.
 */
export function requestTimeouts({ headersMs = 10_000, requestMs = 20_000 }: Patience = {}): ServerOptions {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.ceil(headersMs / 10),
  }
}
