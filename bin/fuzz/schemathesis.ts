/** Schemathesis, in a virtual environment of its own in the user's cache: installed from PyPI once. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonVenv } from '../../platform/dev-server/python-venv.ts'

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
  const commands = await pythonVenv({
    name: 'schemathesis',
    version: VERSION,
    env,
    report,
    limitMs: INSTALL_LIMIT_MS,
  })
  const command = join(commands, 'st')
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
