/**
 * Sums vitest's JSON reports to "N passed, N failed". A file's result in a later report stands for that in an earlier
 * one; the exit status is the first argument, or 1 when a test or a file failed.
 */
import console from 'node:console'
import process from 'node:process'
import { existsSync, readFileSync } from 'node:fs'

const [status, ...files] = process.argv.slice(2)
const reports = files.filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const results = new Map(
  reports.flatMap(({ testResults }) => testResults.map((result) => [result.name, result])),
)
const tests = [...results.values()].flatMap(({ assertionResults }) => assertionResults)
const count = (wanted) => tests.filter(({ status }) => status === wanted).length
// A file that does not load runs no test; neither that nor a failed setup may look like a pass.
const isBad = status !== '0' || [...results.values()].some((result) => result.status === 'failed')
const hasRun = reports.slice(0, 2).every(({ numTotalTests }) => numTotalTests > 0)
const failed = Math.max(count('failed'), isBad || !hasRun ? 1 : 0)
console.log(`${count('passed')} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
