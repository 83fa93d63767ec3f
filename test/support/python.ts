/** A Python with a package from PyPI, in an environment of its own under the cache directory; made once. */
import { join } from 'node:path'
import { pythonVenv } from '../../platform/dev-server/python-venv.ts'

/** @returns the path of the interpreter */
export async function pythonWith(name: string, version: string): Promise<string> {
  const settings = { env: process.env, report: () => undefined, limitMs: 150_000 }
  return join(await pythonVenv({ name, version, ...settings }), 'python')
}
