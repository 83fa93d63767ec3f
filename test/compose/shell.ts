import { execFile } from 'node:child_process'

export type Where = { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }

/**
 * Runs a command with Bash and tells what it wrote to standard output.
 * @throws Error with all that it said, when its status is not 0
 */
export function run(command: string, { cwd, env = process.env }: Where): Promise<string> {
  return new Promise((resolve, reject) => {
    const said = { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const
    execFile('bash', ['-euo', 'pipefail', '-c', command], { cwd, env, ...said }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command}\n${stdout}${stderr}`))
    })
  })
}
