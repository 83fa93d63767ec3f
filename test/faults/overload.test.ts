/** Row 50 on one machine: more is asked than may be sent. What a whole cluster does under load is in test/cluster/. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createLimits } from '../../platform/limits/create-limits.ts'
import { aPhone } from '../support/house.ts'
import { openJourney, problemOf, seconds } from '../support/http.ts'
import { injected } from '../support/injected.ts'

const MAY_BE_SENT = 10

test('OPS-13, row 50: of three times as many starts at once as may be sent one third goes out, and the rest are 429 before a message', async ({
  task,
}) => {
  const log = { error: () => undefined }
  const limits = createLimits({ lookupKey: randomBytes(32), sendsPerDayOverall: MAY_BE_SENT, log })
  const { house, api } = await openJourney({}, { limits })
  injected(task, 'three times as many starts as may be sent')
  const answers = await Promise.all(
    Array.from({ length: 3 * MAY_BE_SENT }, () => api.start({ phone: aPhone().e164 })),
  )
  const taken = answers.filter(({ status }) => status === 201)
  const refused = answers.filter(({ status }) => status === 429)
  expect([taken.length, refused.length]).toEqual([MAY_BE_SENT, 2 * MAY_BE_SENT])
  for (const answer of refused) {
    expect(problemOf(answer)).toMatchObject({ reason: 'all-day', retryAfter: seconds(1, 86_400) })
  }
  expect(house.sends()).toHaveLength(MAY_BE_SENT)
})
