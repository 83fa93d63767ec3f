/** Prints the files of vitest's JSON reports that failed; nothing when they are too many for bad luck. */
import console from 'node:console'
import process from 'node:process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

const MOST = 4
const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const failed = reports.flatMap(({ testResults }) => testResults.filter(({ status }) => status === 'failed'))
if (failed.length <= MOST) for (const { name } of failed) console.log(relative(process.cwd(), name))
