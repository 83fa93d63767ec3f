/** An endpoint whose workflows were sealed with a key that is gone since: what can be told of it without the key. */
import { randomBytes } from 'node:crypto'
import { Client } from '@temporalio/client'
import { expect, test } from 'vitest'
import { DISABLED_TYPE, disabledId, FAILING_TYPE, failingId, TAKEN } from '../../domain/webhook.ts'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import { createAttemptNotes, isDisabled, readDisabled } from '../../platform/endpoint-health.ts'
import { openWebhooks } from './harness.ts'

async function openScene() {
  const { client, namespace } = await openWebhooks()
  const keys = parseKeyRing(`lost:${randomBytes(32).toString('base64')}`)
  if (keys === undefined) throw new Error('malformed keys')
  const dataConverter = createDataConverter({ keys, namespace, plainText: 'refused', alarm: () => undefined })
  const lost = new Client({ connection: client.connection, namespace, dataConverter })
  return { client, lost, endpointId: `e-${randomBytes(6).toString('hex')}` }
}

test('a disabled endpoint stays disabled, and only why is unknown', async () => {
  const { client, lost, endpointId } = await openScene()
  const disabled = await lost.workflow.start(DISABLED_TYPE, {
    workflowId: disabledId(endpointId),
    taskQueue: 'nobody',
    memo: { reason: 'gone' },
  })
  expect(await isDisabled(client, endpointId)).toBe(true)
  expect(await readDisabled(client, endpointId)).toEqual({
    reason: 'unknown',
    since: expect.any(Date) as Date,
  })
  await disabled.terminate('an operator of this test')
  expect(await isDisabled(client, endpointId)).toBe(false)
})

test('a success of an endpoint that had failed is told to its workflow all the same', async () => {
  const { client, lost, endpointId } = await openScene()
  const failing = await lost.workflow.start(FAILING_TYPE, {
    workflowId: failingId(endpointId),
    taskQueue: 'nobody',
    memo: { toldAt: Date.now() },
  })
  await createAttemptNotes(client)(endpointId, 'delivered')
  const { events } = await failing.fetchHistory()
  expect(
    events?.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName).filter(Boolean),
  ).toEqual([TAKEN])
})
