import { Connection } from '@temporalio/client'
import { beforeAll, expect, inject, test } from 'vitest'
import { ConfigError } from '../../platform/config.ts'
import { checkRetention } from '../../platform/temporal.ts'
import { openNamespace } from '../support/namespace.ts'

let connection: Connection
beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  return () => connection.close()
})

test('row 51: a namespace that forgets sooner than 30 days is refused in production, with the command that mends it', async () => {
  const namespace = await openNamespace(connection, 29)
  const check = checkRetention({ isProduction: true }, connection, namespace)
  await expect(check).rejects.toThrow(ConfigError)
  await expect(check).rejects.toThrow(`--namespace ${namespace} --retention 30d`)
})

test('a namespace that remembers for 30 days is taken in production', async () => {
  const namespace = await openNamespace(connection, 30)
  await expect(checkRetention({ isProduction: true }, connection, namespace)).resolves.toBeUndefined()
})

test('outside production any retention will do', async () => {
  const namespace = await openNamespace(connection, 1)
  await expect(checkRetention({ isProduction: false }, connection, namespace)).resolves.toBeUndefined()
})
