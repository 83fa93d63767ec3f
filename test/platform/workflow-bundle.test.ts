/** Workflow code that was bundled before the worker starts is the code that the worker has, or it does not start. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConfigError } from '../../platform/config.ts'
import { bundleWorkflows, takeWorkflowBundle } from '../../platform/workflow-bundle.ts'

const logger = new DefaultLogger('WARN')
let folder = ''
let code = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-bundle-'))
  ;({ code } = await bundleWorkflows(logger))
})
afterAll(() => rm(folder, { recursive: true }))

const take = async (text: string) => {
  const file = join(folder, 'workflows.js')
  await writeFile(file, text)
  return takeWorkflowBundle(file, logger)
}

test('a bundle of this code is taken as it is', async () => {
  expect(await take(code)).toEqual({ code })
})

test.each([
  ['other code', () => code.replace(/[0-9a-f]{64}/, '0'.repeat(64))],
  ['no code', () => ''],
])('a bundle of %s is refused, with what is to be done', async (_, text) => {
  await expect(take(text())).rejects.toThrow(
    new ConfigError(['WORKFLOW_BUNDLE is of other code than this; make it anew: npm run build']),
  )
})

test('a bundle that is not there is refused', async () => {
  await expect(takeWorkflowBundle(join(folder, 'nothing.js'), logger)).rejects.toThrow(
    new ConfigError(['WORKFLOW_BUNDLE cannot be read']),
  )
})

test('a place in the bundle is told as the file and line that it came from', async () => {
  const line = (text: string, part: string) => text.split('\n').findIndex((one) => one.includes(part))
  const begins = 'const announcer ='
  const [script = '', map = ''] = code.split(
    '//# sourceMappingURL=data:application/json;charset=utf-8;base64,',
  )
  const places = new SourceMap(JSON.parse(Buffer.from(map, 'base64').toString()) as SourceMapPayload)
  const at = line(script, begins)
  const found = places.findEntry(at, script.split('\n')[at]?.indexOf(begins) ?? -1)
  const source = await readFile(new URL('../../workflows/login.ts', import.meta.url), 'utf8')
  expect(found).toMatchObject({
    originalSource: expect.stringMatching(/workflows\/login\.ts$/) as string,
    originalLine: line(source, begins),
  })
})
