/** A Python with a package from PyPI, in an environment of its own under the cache directory; made once. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** @returns the path of the interpreter */
export function pythonWith(name: string, version: string): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folder = join(cache, 'postern', `python-${name}-${version}`)
  const python = join(folder, 'bin', 'python3')
  if (existsSync(join(folder, 'ready'))) return python
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  const run = (command: string, ...args: string[]) => {
    execFileSync(command, args, { stdio: 'pipe', timeout: 150_000 })
  }
  run('python3', '-m', 'venv', folder)
  run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`)
  // What was cut off half way has no such folder, and is made anew.
  renameSync(mkdtempSync(`${folder}-`), join(folder, 'ready'))
  return python
}
