import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
]

export type Run = {
  /** The executable. */
  readonly command: string
  /** Where it may leave what it likes. */
  readonly folder: string
  readonly url: string
  readonly apiKey: string
  readonly seed: string
  readonly seconds: string
  readonly examples: string
}

/** Longer than the longest long poll. */
const REQUEST_TIMEOUT_SECONDS = '40'

/** Mobile numbers of Singapore, none of which the sandbox makes trouble with. */
const PHONES = '^\\+659[0-7][0-9]{6}$'

/**
 * The document, in which a phone is any text still, but one that a fuzzer soon guesses: otherwise no login would ever
 * be started, and nothing behind a start be reached.
 */
async function writeDocument({ url, folder }: Run): Promise<string> {
  const text = await (await fetch(`${url}/openapi.json`)).text()
  const document = JSON.parse(text, (name, value: unknown) => {
    const isPhone = name === 'phone' && typeof value === 'object' && value !== null && 'pattern' in value
    return isPhone ? { anyOf: [{ type: 'string', pattern: PHONES }, value] } : value
  }) as unknown
  const path = join(folder, 'openapi.json')
  await writeFile(path, JSON.stringify(document))
  return path
}

/** Whether every answer was as it must be (API-17, API-18); what was found is on our output. */
export async function runSchemathesis(run: Run): Promise<boolean> {
  const child = spawn(
    run.command,
    [
      'run',
      await writeDocument(run),
      ...['--url', run.url],
      ...['--header', `Authorization: Bearer ${run.apiKey}`],
      ...['--checks', CHECKS.join(',')],
      ...['--seed', run.seed],
      ...['--max-time', run.seconds],
      ...['--max-examples', run.examples],
      ...['--request-timeout', REQUEST_TIMEOUT_SECONDS],
      ...['--generation-database', 'none'],
      '--continue-on-failure',
      '--no-color',
    ],
    { cwd: run.folder, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  return status === 0
}
