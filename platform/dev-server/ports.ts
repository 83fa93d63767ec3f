import { connect, createServer } from 'node:net'

/** A TCP port of 127.0.0.1 that nobody listens on now; the system does not hand it out again at once. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free TCP port')
  return address.port
}

/** True when something answers on the port, or when it cannot be bound, on either loopback address. */
export async function isOccupied(port: number): Promise<boolean> {
  return !(await canBind(port, '127.0.0.1')) || !(await canBind(port, '::1')) || (await answers(port))
}

/** True when something accepts connections on the port of 127.0.0.1. */
export async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}

async function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has no ::1 to be occupied.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'),
    )
    server.listen({ port, host }, () => server.close(() => resolve(true)))
  })
}
