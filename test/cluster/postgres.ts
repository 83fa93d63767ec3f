/** A PostgreSQL of the cluster's own, on 127.0.0.1, that may crash and may be made read-only. */
import { execFile } from 'node:child_process'
import { appendFile, chown, cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { answers, freePort } from '../../platform/dev-server/ports.ts'
import { findPostgres } from './programs.ts'
import { debianFolders } from './programs.ts'
import { createService } from './service.ts'

const run = promisify(execFile)

/** PostgreSQL refuses to run as root: then it runs as `nobody`, who is on every Debian. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

/** @param folder an empty one, which its user may reach */
export async function createPostgres(folder: string) {
  const programs = await findPostgres()
  const { env } = programs
  let bin = programs.folder
  if (programs.isPrivate && isRoot) {
    const copy = join(folder, 'postgresql')
    await cp(join(bin, '../../../..'), join(copy, 'usr'), { recursive: true, verbatimSymlinks: true })
    const [copied] = await debianFolders(copy)
    bin = copied ?? bin
    env.LD_LIBRARY_PATH = env.LD_LIBRARY_PATH?.replaceAll(join(programs.folder, '../../../../..'), copy)
  }
  const home = join(folder, 'postgresql-data')
  await mkdir(home)
  if (isRoot) await chown(home, NOBODY, NOBODY)
  const asUser = (program: string, ...args: string[]): [string, string[]] => {
    const command = [join(bin, program), ...args]
    const demotion = ['--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', '--']
    return isRoot ? ['setpriv', [...demotion, ...command]] : [command[0] ?? '', command.slice(1)]
  }
  const data = join(home, 'data')
  const initdb = asUser(
    'initdb',
    '-D',
    data,
    '-U',
    'temporal',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale',
    'C',
    '--no-sync',
  )
  await run(...initdb, { env, cwd: home })
  const switches = join(home, 'switches.conf')
  await writeFile(switches, '')
  if (isRoot) await chown(switches, NOBODY, NOBODY)
  await appendFile(join(data, 'postgresql.conf'), `include '${switches}'\n`)

  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    jit: 'off',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command, args] = asUser('postgres', '-D', data, ...options)
  const service = createService({
    name: 'PostgreSQL',
    command,
    args,
    env,
    cwd: home,
    // Asked as a client would: the port is open before it has recovered from a crash.
    isReady: async () => (await answers(port)) && isAccepting(join(bin, 'pg_isready'), port, env),
  })
  return {
    ...service,
    port,
    /** From now on it refuses every write, also on connections that stand: what a failing-over primary does. */
    async setReadOnly(isReadOnly: boolean): Promise<void> {
      await writeFile(switches, `default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}\n`)
      service.signal('SIGHUP')
    },
  }
}

async function isAccepting(program: string, port: number, env: NodeJS.ProcessEnv): Promise<boolean> {
  return run(program, ['-h', '127.0.0.1', '-p', String(port)], { env }).then(
    () => true,
    () => false,
  )
}
