/** The store of the limits: a Valkey or Redis of the cluster's own, which keeps nothing on disk. */
import { Redis } from 'ioredis'
import { answers, freePort } from '../../platform/dev-server/ports.ts'
import { findRedis } from '../limits/redis-server.ts'
import { createService } from './service.ts'

export async function createStore(folder: string) {
  const program = await findRedis()
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const service = createService({
    name: 'Redis',
    command: program.path,
    args: [...options, '--dir', folder, '--maxmemory-policy', 'noeviction'],
    env: program.env,
    cwd: folder,
    isReady: () => answers(port),
  })
  const url = `redis://127.0.0.1:${port}`
  return {
    ...service,
    url,
    /** Full: it takes nothing more in, as at its `maxmemory`. */
    async setFull(isFull: boolean): Promise<void> {
      const client = new Redis(url)
      try {
        await client.config('SET', 'maxmemory', isFull ? '1' : '0')
      } finally {
        client.disconnect()
      }
    },
  }
}
