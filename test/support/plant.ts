/** Leaves a closed run behind whose memo a next start reads, as an earlier login would. */
import { freshBudget, type Budget } from '../../domain/budget.ts'
import type { Phone } from '../../domain/phone.ts'
import type { LoginMemo } from '../../workflows/messages.ts'
import type { House } from './house.ts'

export async function plant(
  house: House,
  phone: Phone,
  budget: Partial<Budget>,
  memo: Partial<LoginMemo> = {},
): Promise<void> {
  const handle = await house.client.workflow.start('login', {
    workflowId: house.workflowId(phone),
    taskQueue: 'nobody',
    memo: {
      loginId: 'lg_earlier',
      previousRunId: null,
      app: 'acme',
      idempotencyKeys: [],
      ...memo,
      budget: { ...freshBudget, ...budget },
    },
  })
  await handle.terminate('an earlier login of this test')
}
