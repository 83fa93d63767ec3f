import { randomBytes } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../platform/config.ts'
import { checkRetention } from '../../platform/temporal.ts'

let connection: Connection
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  return () => connection.close()
})

async function aNamespace(days: number): Promise<string> {
  const namespace = `retention-${randomBytes(4).toString('hex')}`
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs(`${days} days`),
  })
  onTestFinished(async () => {
    await connection.operatorService.deleteNamespace({ namespace })
  })
  return namespace
}

test('row 51: a namespace that forgets sooner than 30 days is refused in production, with the command that mends it', async () => {
  const namespace = await aNamespace(29)
  const check = checkRetention({ isProduction: true }, connection, namespace)
  await expect(check).rejects.toThrow(ConfigError)
  await expect(check).rejects.toThrow(`--namespace ${namespace} --retention 30d`)
})

test('a namespace that remembers for 30 days is taken in production', async () => {
  const namespace = await aNamespace(30)
  await expect(checkRetention({ isProduction: true }, connection, namespace)).resolves.toBeUndefined()
})

test('outside production any retention will do', async () => {
  const namespace = await aNamespace(1)
  await expect(checkRetention({ isProduction: false }, connection, namespace)).resolves.toBeUndefined()
})
