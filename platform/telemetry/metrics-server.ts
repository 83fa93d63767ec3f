/** Where Prometheus scrapes the API: a listener of its own, since metrics are nobody's business on the public port (API-19). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ConfigError } from '../config/parsers.ts'

export type MetricsSource = { readonly contentType: string; metrics(): Promise<string> }

export type MetricsServer = {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Answers `GET /metrics`, and 404 to all else.
 *
 * @param at the IP address and port to listen on
 * @throws ConfigError when the port is occupied
 */
export async function serveMetrics(
  source: MetricsSource,
  at: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => void answer(source, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isOccupied = error.code === 'EADDRINUSE'
      reject(isOccupied ? new ConfigError([`METRICS_PORT ${at.port} is occupied; set another`]) : error)
    })
    server.listen(at.port, at.host)
  })
  return {
    url: `http://${toAuthority(at)}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        // Prometheus keeps its connection from one scrape to the next.
        server.closeAllConnections()
      }),
  }
}

/** `host:port`, an IPv6 address in brackets. */
export function toAuthority({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function answer(source: MetricsSource, request: IncomingMessage, response: ServerResponse) {
  if (request.method !== 'GET' || request.url?.split('?', 1)[0] !== '/metrics') {
    response.writeHead(404).end()
    return
  }
  try {
    const text = await source.metrics()
    response.writeHead(200, { 'content-type': source.contentType }).end(text)
  } catch {
    response.writeHead(500).end()
  }
}
