/** A copy of the workflows that somebody changed without thinking of runs in flight: replay must refuse it. */
import { sleep } from '@temporalio/workflow'
import type { Budget } from '../../../domain/budget.ts'
import type { Delivery, DeliveryRecord } from '../../../domain/webhook.ts'
import { clearNumber as clearing } from '../../../workflows/clear-number.ts'
import { deliverEvent as delivering } from '../../../workflows/deliver-event.ts'
import { endpointDisabled as disabled } from '../../../workflows/endpoint-disabled.ts'
import {
  endpointFailing as failing,
  type FailingEnd,
  type FailingInput,
} from '../../../workflows/endpoint-failing.ts'
import { login as story } from '../../../workflows/login.ts'
import type { LoginInput, LoginRecord } from '../../../workflows/messages.ts'

export async function login(input: LoginInput): Promise<LoginRecord> {
  await sleep('1 second')
  return story(input)
}

export async function clearNumber(budget: Budget): Promise<{ readonly budget: Budget }> {
  await sleep('1 second')
  return clearing(budget)
}

export async function deliverEvent(delivery: Delivery): Promise<DeliveryRecord> {
  await sleep('1 second')
  return delivering(delivery)
}

export async function endpointDisabled(): Promise<void> {
  await sleep('1 second')
  return disabled()
}

export async function endpointFailing(input: FailingInput): Promise<FailingEnd> {
  await sleep('1 second')
  return failing(input)
}
