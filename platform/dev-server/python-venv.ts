/** A package from PyPI, in a Python virtual environment of its own in the user's cache: installed once. */
import { execFile } from 'node:child_process'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, onPath } from './binary.ts'
import { runLongStep } from './long-step.ts'

export type PythonPackage = {
  /** As PyPI has it: `schemathesis`. */
  readonly name: string
  readonly version: string
  /** Where PATH, HOME and XDG_CACHE_HOME are looked up, and what pip gets. */
  readonly env: NodeJS.ProcessEnv
  readonly report: (line: string) => void
  /** How long the installation may take, in milliseconds. */
  readonly limitMs: number
}

/**
 * @returns the folder with `python` and the package's commands
 * @throws Error that says what is missing
 */
export async function pythonVenv({ name, version, env, report, limitMs }: PythonPackage): Promise<string> {
  const folder = join(cacheFolder(env), `python-${name}-${version}`)
  const commands = join(folder, 'bin')
  const python = join(commands, 'python')
  // Written last: without it, what is there is an installation that was broken off.
  const ready = join(folder, 'ready')
  if (await isUsable(ready, python)) return commands

  const [systemPython] = await onPath(env, 'python3')
  if (systemPython === undefined) throw new Error(`${name} needs Python: there is no \`python3\` on the PATH`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const step = { env, report, limitMs }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
  try {
    await runLongStep({
      ...step,
      what: `making ${folder}`,
      command: systemPython,
      args: ['-m', 'venv', folder],
    })
    await runLongStep({
      ...step,
      what: `installing ${name} ${version} from PyPI`,
      note: 'a minute, once',
      command: python,
      args: [...pip, `${name}==${version}`],
    })
  } catch {
    throw new Error(
      `${name} ${version} cannot be installed: it takes Python 3.10 or newer with venv and pip, and a way to PyPI`,
    )
  }
  await writeFile(ready, '')
  return commands
}

/** A Python that the system has replaced since leaves a link to nothing. */
async function isUsable(ready: string, python: string): Promise<boolean> {
  try {
    await stat(ready)
    await promisify(execFile)(python, ['--version'])
    return true
  } catch {
    return false
  }
}
