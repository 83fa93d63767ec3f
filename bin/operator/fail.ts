/** Says why a command did nothing or not all, and ends it with status 1 once it is over. */
export function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
