import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'

/** The version of Temporal's CLI that we fetch or build when there is none; newer ones cannot be `go install`ed. */
export const temporalVersion = '1.5.1'

/** The oldest Temporal server that does all we ask for (update-with-start, polling that scales). */
const oldestServer = [1, 28] as const

/** Where all that is fetched or built once is kept: `{the user's cache}/postern`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(userCache(env), 'postern')
}

/** Where the executable that we fetched or built is kept: `{cache}/postern/temporal-1.5.1/temporal`. */
export function cachedBinaryPath(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `temporal-${temporalVersion}`, executableName('temporal'))
}

/** The paths at which the PATH offers a command, in the order of the PATH. */
export async function onPath(env: NodeJS.ProcessEnv, command: string): Promise<readonly string[]> {
  const directories = (env.PATH ?? env.Path ?? '').split(delimiter).filter(isAbsolute)
  const candidates = directories.map((directory) => join(directory, executableName(command)))
  const found = await Promise.all(candidates.map(isExecutable))
  return candidates.filter((_, index) => found[index])
}

/**
 * Resolves when the file runs, says that it is Temporal's CLI and brings a server that is new enough; otherwise
 * rejects with the reason.
 */
export async function proveBinary(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const answer = await versionSaidBy(path, env)
  if (!/^temporal version /im.test(answer)) throw new Error("it is not Temporal's CLI")
  const server = /\(Server (\d+)\.(\d+)/.exec(answer)
  if (!server) return
  const [major, minor] = [Number(server[1]), Number(server[2])]
  if (major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1])) {
    throw new Error(`its server is ${major}.${minor}, and ${oldestServer.join('.')} or newer is needed`)
  }
}

/** What the file answers to `--version`. Rejects with the reason when it does not run. */
export async function versionSaidBy(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (!(await isExecutable(path))) throw new Error('there is none that can be run')
  return new Promise<string>((resolve, reject) => {
    execFile(path, ['--version'], { env, timeout: 15_000, killSignal: 'SIGKILL' }, (error, stdout) => {
      if (!error) resolve(stdout)
      else if (error.killed) reject(new Error('`--version` did not answer in 15 s'))
      else reject(new Error(`\`--version\` fails (${error.code ?? error.signal ?? 'unknown'})`))
    })
  })
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** `temporal`, or `temporal.exe` on Windows. */
export function executableName(command: string): string {
  return process.platform === 'win32' ? `${command}.exe` : command
}

function userCache(env: NodeJS.ProcessEnv): string {
  // The XDG specification says to ignore a relative one.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return env.XDG_CACHE_HOME
  const home = env.HOME ?? homedir()
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches')
  if (process.platform === 'win32') return env.LOCALAPPDATA ?? join(home, 'AppData', 'Local')
  return join(home, '.cache')
}
