/** The ways that receipts, the ladder and announcements add to those in `paths.ts`. */
import { expect } from 'vitest'
import { announceEvents } from '../../activities/announce-events.ts'
import type { Activities } from '../../activities/index.ts'
import type { Ladder } from '../../domain/ladder.ts'
import { sendReceipt } from '../support/receipts.ts'
import { handleOf, onSend, submit, submitWrong, type Path, type Played } from './paths.ts'

const ladder = (whenUndelivered: Ladder['whenUndelivered'], receiptWaitSeconds = 0) => ({
  ladder: { whenUndelivered, receiptWaitSeconds },
})

const endpoints = ['main', 'audit']

/** And taken in: what comes in the same task would keep its timer from being dropped. */
async function delivered({ house, phone, login }: Played): Promise<void> {
  await sendReceipt(house, phone, { loginId: login.id, state: 'delivered' })
  await house.until(login.id, ({ delivery }) => delivery === 'delivered')
}

const undelivered = ({ house, phone, login }: Played, cause = 'absent_subscriber') =>
  sendReceipt(house, phone, { loginId: login.id, state: 'undelivered', cause })
const called = ({ house, login }: Played) => house.until(login.id, ({ channel }) => channel === 'call')

/** Announcements that Temporal takes but for those, counted from 1. */
function announcing(...failed: readonly number[]): Activities['announceEvents'] {
  const endpoint = { id: 'main', url: 'https://app.example', secrets: ['whsec_'], concurrency: 1 } as const
  let made = 0
  return (announcement) => {
    made += 1
    const isTaken = !failed.includes(made)
    const startDelivery = () => (isTaken ? Promise.resolve() : Promise.reject(new Error('not now')))
    return announceEvents({ endpoints: () => [{ ...endpoint, app: announcement.app }], startDelivery })(
      announcement,
    )
  }
}

/** Longer than the recording takes, so that the call is promised and not made. */
const longInterval = { policy: { resendIntervalSeconds: 30 } }

export const deliveryPaths: readonly Path[] = [
  {
    name: 'verified-after-a-late-delivery',
    ends: 'verified',
    start: { callbackUrl: (loginId) => `http://127.0.0.1:1/v1/webhooks/8x8/${loginId}.token` },
    async play(played) {
      await undelivered(played)
      await delivered(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-a-call-was-offered',
    ends: 'verified',
    with: ladder('offer'),
    async play(played) {
      await undelivered(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-the-call-of-the-ladder',
    ends: 'verified',
    with: ladder('call'),
    options: { policy: { resendIntervalSeconds: 2 } },
    async play(played) {
      await undelivered(played)
      await called(played)
      await submit(played)
    },
  },
  {
    name: 'verified-while-the-call-waited',
    ends: 'verified',
    with: ladder('call'),
    options: longInterval,
    async play(played) {
      await undelivered(played)
      await submitWrong(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-the-call-was-taken-back',
    ends: 'verified',
    with: ladder('call'),
    options: longInterval,
    async play(played) {
      await undelivered(played)
      await delivered(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-no-receipt-came',
    ends: 'verified',
    with: ladder('call', 1),
    async play(played) {
      await called(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-a-receipt-in-time',
    ends: 'verified',
    with: ladder('call', 60),
    async play(played) {
      await delivered(played)
      await submit(played)
    },
  },
  {
    name: 'verified-after-8x8-refused-the-call',
    ends: 'verified',
    with: ladder('call'),
    async play(played) {
      const { house, login } = played
      onSend({ kind: 'status', status: 400, code: 1003 })(played)
      await undelivered(played)
      await expect.poll(() => house.events(login.id)).toContain('login.send_failed')
      await submit(played)
    },
  },
  {
    name: 'verified-and-announced',
    ends: 'verified',
    with: { endpoints },
    announceEvents: () => announcing(),
    play: submit,
  },
  {
    name: 'verified-and-announced-after-a-failure',
    ends: 'verified',
    with: { endpoints },
    announceEvents: () => announcing(1, 3),
    async play(played) {
      await submitWrong(played)
      await submit(played)
    },
  },
  {
    name: 'failed-by-an-operator-and-announced',
    ends: 'failed/operator',
    with: { endpoints },
    announceEvents: () => announcing(),
    play: (played) => handleOf(played).cancel(),
  },
]
