import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../docs/pages.ts'
import { alerts, recorded } from './files.ts'
import { promtool } from './promtool.ts'

const folder = join(root, 'deploy/observability')

test('OPS-8: Prometheus takes the rules', async () => {
  const said = await promtool('check', 'rules', join(folder, 'alerts.yaml'))
  expect(said).toContain(`SUCCESS: ${alerts.length + recorded.length} rules found`)
}, 120_000)

test('OPS-8, OPS-12: each alert fires when it should, and nothing else does', async () => {
  expect(await promtool('test', 'rules', join(folder, 'alerts.test.yaml'))).toContain('SUCCESS')
}, 120_000)
