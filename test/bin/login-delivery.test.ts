/** What became of a login's messages, and that its app was told, as an engineer is told it. */
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js'
import { expect, test } from 'vitest'
import { createOpener } from '../../bin/login/open-payloads.ts'
import { readRun } from '../../bin/login/read-run.ts'
import { tellStep } from '../../bin/login/tell-step.ts'
import { aPhone } from '../support/house.ts'
import { openHouseWith } from '../support/house-with.ts'
import { sendReceipt } from '../support/receipts.ts'

test('receipts, the call that follows, and the webhooks are told in order', async () => {
  const house = await openHouseWith(
    { ladder: { whenUndelivered: 'call', receiptWaitSeconds: 0 }, endpoints: ['main'] },
    {},
    (announcement) =>
      announcement.events.some(({ type }) => type === 'login.started') && isFirst()
        ? Promise.reject(new Error('Temporal takes nothing'))
        : Promise.resolve(),
  )
  const phone = aPhone()
  const { id: loginId } = await house.login(phone)
  await sendReceipt(house, phone, { loginId, state: 'undelivered', cause: 'absent_subscriber' })
  await house.until(loginId, ({ channel }) => channel === 'call')
  await house.submit(loginId, house.codeFor(phone))
  const handle = house.client.workflow.getHandle(house.workflowId(phone))
  await handle.result()
  const description = await handle.describe()
  const run = {
    workflowId: house.workflowId(phone),
    runId: description.runId,
    description: description.raw,
    loginId,
    previousRunId: null,
  }
  const opener = createOpener(loadDataConverter(house.dataConverter))
  const { steps } = await readRun(run, await handle.fetchHistory(), undefined, opener)
  const told = steps.flatMap(tellStep).join('\n')
  const lines = [
    'webhooks are not told yet: Temporal took no delivery',
    'webhooks are told',
    '8x8 says of the sms: undelivered (absent subscriber)',
    'the receipt says: SMS not delivered (absent_subscriber); a voice call follows',
    'timer is set: a call may be made from',
    'Voice call sent',
  ]
  const places = lines.map((line) => told.indexOf(line))
  expect(places).not.toContain(-1)
})

let asked = 0
const isFirst = () => (asked += 1) === 1
