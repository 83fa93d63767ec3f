/**
 * Prints the files of vitest's JSON reports that failed; nothing when they are too many for bad luck. When the Temporal
 * server of a run broke, as `$BROKEN` says, all that came after it failed, and there is no such bound.
 */
import console from 'node:console'
import process from 'node:process'
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

const most = existsSync(process.env.BROKEN ?? '') ? Infinity : 4
const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const failed = reports.flatMap(({ testResults }) => testResults.filter(({ status }) => status === 'failed'))
if (failed.length <= most) for (const { name } of failed) console.log(relative(process.cwd(), name))
