/** Schemathesis, in a virtual environment of its own in the user's cache: installed from PyPI once. */
import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cachedBinaryPath, onPath } from '../../platform/dev-server/binary.ts'
import { runLongStep } from '../../platform/dev-server/long-step.ts'

const VERSION = '4.32.5'
const INSTALL_LIMIT_MS = 10 * 60_000

/**
 * @returns the path of an executable that has just told its version
 * @throws Error that says what is missing
 */
export async function findSchemathesis(
  env: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<string> {
  const folder = join(dirname(dirname(cachedBinaryPath(env))), `schemathesis-${VERSION}`)
  const command = join(folder, 'bin', 'st')
  if (await isRight(command)) return command

  const [python] = await onPath(env, 'python3')
  if (python === undefined)
    throw new Error('fuzzing needs Python 3.10 or newer: there is no `python3` on the PATH')
  // What is there is an install that was broken off.
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  const step = { env, report, limitMs: INSTALL_LIMIT_MS }
  try {
    await runLongStep({ ...step, what: `making ${folder}`, command: python, args: ['-m', 'venv', folder] })
    await runLongStep({
      ...step,
      what: `installing schemathesis ${VERSION} from PyPI`,
      note: 'a minute, once',
      command: join(folder, 'bin', 'python'),
      args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`],
    })
  } catch {
    throw new Error(
      `schemathesis ${VERSION} cannot be installed: it takes Python 3.10 or newer with venv and pip, and a way to PyPI`,
    )
  }
  if (!(await isRight(command))) throw new Error(`${command} is not schemathesis ${VERSION}`)
  return command
}

async function isRight(command: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(command, ['--version'])
    return stdout.includes(VERSION)
  } catch {
    return false
  }
}
