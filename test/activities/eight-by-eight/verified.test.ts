import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkRequest, client, httpServer } from './stand-ins.ts'

const ours = {
  sessionId: checkRequest.challenge,
  destination: checkRequest.phone,
  msisdn: 6598765432,
  status: 'VERIFIED',
}

/** Nearly ours: each member right, absent or anything; so that some answers verify and most do not. */
const nearMiss = fc.record(
  {
    sessionId: fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>(ours.sessionId) }, fc.jsonValue()),
    destination: fc.oneof(
      fc.constantFrom<unknown>(ours.destination, '6598765432', '6598765433'),
      fc.jsonValue(),
    ),
    msisdn: fc.oneof(fc.constantFrom<unknown>(ours.msisdn, 6598765433), fc.jsonValue()),
    status: fc.oneof({ weight: 4, arbitrary: fc.constant<unknown>('VERIFIED') }, fc.jsonValue()),
    attempt: fc.jsonValue(),
    expiresAt: fc.jsonValue(),
  },
  { requiredKeys: [] },
)
const body = fc.oneof(
  { weight: 4, arbitrary: nearMiss.map((json) => JSON.stringify(json)) },
  fc.json(),
  fc.string(),
)
const status = fc.oneof({ weight: 3, arbitrary: fc.constant(200) }, fc.integer({ min: 200, max: 599 }))

/** The rule, said a second time and not in the product's words. */
function maySayVerified(status: number, text: string): boolean {
  if (status !== 200) return false
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return false
  }
  if (typeof json !== 'object' || json === null) return false
  const members = new Map(Object.entries(json))
  const named = [members.get('destination'), members.get('msisdn')].filter(
    (phone) => phone !== undefined && phone !== null,
  )
  const isOurNumber = (phone: unknown) =>
    phone === '+6598765432' || phone === '6598765432' || phone === 6598765432
  return (
    members.get('status') === 'VERIFIED' &&
    members.get('sessionId') === ours.sessionId &&
    named.length > 0 &&
    named.every(isOurNumber)
  )
}

it('BIND-4: an answer verifies if, and only if, it is 200 VERIFIED for this session and this number', async () => {
  const next = { status: 200, text: '' }
  const server = await httpServer((response) => {
    response.writeHead(next.status)
    response.end(next.text)
  })
  const eightByEight = client(server.baseUrl)
  const seen = { verified: 0, other: 0 }
  await fc.assert(
    fc.asyncProperty(status, body, async (nextStatus, text) => {
      Object.assign(next, { status: nextStatus, text })
      const { outcome } = await eightByEight.check(checkRequest)
      seen[outcome === 'verified' ? 'verified' : 'other'] += 1
      expect(outcome === 'verified').toBe(maySayVerified(nextStatus, text))
    }),
    { numRuns: 300 },
  )
  expect(seen.verified).toBeGreaterThan(0)
  expect(seen.other).toBeGreaterThan(0)
})
