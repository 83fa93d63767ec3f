/** A reporter of vitest: what went wrong in no file's name is written to `$UNHANDLED`, since its JSON report has not. */
import process from 'node:process'
import { appendFileSync } from 'node:fs'

export default class UnhandledErrors {
  onTestRunEnd(_files, errors) {
    for (const { message } of errors) appendFileSync(process.env.UNHANDLED, `${message}\n`)
  }
}
