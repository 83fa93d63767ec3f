/** What an engineer finds in the Temporal UI: told of each run, each step and each handler (issue 6, point 3). */
import { defaultPayloadConverter } from '@temporalio/common'
import type { temporal } from '@temporalio/proto'
import { expect, test } from 'vitest'
import { DISABLED_NOTE } from '../../domain/story.ts'
import type { Phone } from '../../domain/phone.ts'
import { aPhone, createConverter, openHouse, type House } from '../support/house.ts'
import { plant } from '../support/plant.ts'

type Handlers = readonly { readonly name: string; readonly description?: string }[]
type Metadata = {
  readonly currentDetails: string
  readonly definition: {
    readonly queryDefinitions: Handlers
    readonly signalDefinitions: Handlers
    readonly updateDefinitions: Handlers
  }
}

const handleOf = (house: House, phone: Phone) => house.client.workflow.getHandle(house.workflowId(phone))

/** What the UI asks for; a run that has closed is replayed for it. */
const metadataOf = (house: House, phone: Phone) =>
  handleOf(house, phone).query<Metadata>('__temporal_workflow_metadata')

async function detailsOf(house: House, phone: Phone): Promise<string> {
  const { currentDetails } = await metadataOf(house, phone)
  expect(currentDetails).not.toContain(phone.e164.slice(1))
  return currentDetails.replaceAll('\u2003', '')
}

/** A number one failed check away from being disabled, whose waits are over. */
async function almostDisabled(house: House): Promise<Phone> {
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 99, lastAt: Date.now() - 3_700_000 } })
  return phone
}

test('a login that waits for its code says so, until when, and what has happened', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const details = await detailsOf(house, phone)
  const expires = login.expiresAt?.slice(11, 19)
  expect(details).toContain('| status | waiting for code |')
  expect(details).toContain(`| expires | ${expires ?? ''} UTC |`)
  expect(details).toMatch(/- \S+ login asked for: SMS to \+•+\d\d \(SG\), for Acme; 5 attempts, 2 resends\n/)
  expect(details).toMatch(
    /- \S+ SMS sent; the code expires \S+ UTC, a resend is possible from \S+ \(2 left\)$/,
  )
})

test('a code under way is told as being checked, with its attempt counted', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const verdict = house.submit(login.id, house.codeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  const details = await detailsOf(house, phone)
  expect(details).toContain('| status | checking |')
  expect(details).toContain('| attempts left | 4 |')
  expect(await verdict).toMatchObject({ outcome: 'verified' })
})

test('a code on its way is told as sending', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'delay', ms: 1500 } })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  expect(await detailsOf(house, phone)).toContain('| status | sending |')
  await house.until(login.id, ({ status }) => status === 'waiting_for_code')
  expect(await detailsOf(house, phone)).toContain('| status | waiting for code |')
})

test('after a wrong code the story says so, and the login waits on', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  const details = await detailsOf(house, phone)
  expect(details).toContain('| status | waiting for code |')
  expect(details).toContain('| attempts left | 4 |')
  expect(details).toMatch(/- \S+ a code was checked and is wrong; 4 attempts are left$/)
})

test('a login that has ended is still told, by a worker that never saw it', async () => {
  const house = await openHouse({ worker: 'own' })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await house.submit(login.id, house.codeFor(phone))
  await house.restartWorker()
  const details = await detailsOf(house, phone)
  expect(details).toContain('| status | verified |')
  expect(details).toMatch(/- \S+ a code was checked and is right: verified$/)
})

test('a disabled number is told as disabled, with the command that helps, until it is cleared', async () => {
  const house = await openHouse()
  const phone = await almostDisabled(house)
  const login = await house.login(phone)
  expect(await detailsOf(house, phone)).not.toContain(DISABLED_NOTE)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  const details = await detailsOf(house, phone)
  expect(details).toContain(DISABLED_NOTE)
  expect(details).toContain('| status | failed: too many attempts |')

  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'identity proven at the desk' })
  await handleOf(house, phone).result()
  expect(await detailsOf(house, phone)).not.toContain(DISABLED_NOTE)
})

test('a number that its login has disabled and an operator has cleared is no longer told as disabled', async () => {
  const house = await openHouse()
  const phone = await almostDisabled(house)
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  expect(await detailsOf(house, phone)).toContain(DISABLED_NOTE)
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'identity proven at the desk' })
  const details = await detailsOf(house, phone)
  expect(details).not.toContain(DISABLED_NOTE)
  expect(details).toContain('| status | failed: too many attempts |')
})

test('a number that is disabled by a check that an operator cut off is told as disabled', async () => {
  const house = await openHouse()
  const phone = await almostDisabled(house)
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  await handleOf(house, phone).signal('userCode', { code: house.codeFor(phone) })
  await expect.poll(() => house.checks().length).toBe(1)
  expect(await detailsOf(house, phone)).not.toContain(DISABLED_NOTE)
  await handleOf(house, phone).cancel()
  await house.until(login.id, ({ status }) => status === 'failed')
  expect(await detailsOf(house, phone)).toContain(DISABLED_NOTE)
})

test('a check that was given back does not tell its number as disabled', async () => {
  const house = await openHouse()
  const phone = await almostDisabled(house)
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'status', status: 401, code: 1200 } })
  await house.submit(login.id, house.codeFor(phone))
  const details = await detailsOf(house, phone)
  expect(details).toMatch(/- \S+ no code was checked \(credentials\); the attempt is given back, 5 left$/)
  expect(details).not.toContain(DISABLED_NOTE)
})

test('a run says from its start on what it is and how to read it, in one line and in a table', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const first = await house.login(phone)
  const before = await handleOf(house, phone).describe()
  expect(await before.staticSummary()).toBe(`SMS to ••${phone.e164.slice(-2)}, SG, for Acme: login`)
  const details = await before.staticDetails()
  expect(details).toContain(`| login | \u2003\`${first.id}\` |`)
  expect(details).toContain('| previous run | \u2003none |')
  expect(details).toContain(`\`npm run login -- ${first.id}\``)
  expect(details).not.toContain(phone.e164.slice(1))

  await house.cancel(first.id)
  await expect.poll(() => house.start(phone), { interval: 300 }).toMatchObject({ outcome: 'started' })
  const next = await handleOf(house, phone).describe()
  expect(await next.staticDetails()).toContain(`| previous run | \u2003\`${before.runId}\` |`)
})

test('a brand of thirty four-byte characters leaves room for the summary', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const brand = '𠮷'.repeat(30)
  await house.login(phone, { brand, channel: 'call', purpose: 'enrolment' })
  const summary = await (await handleOf(house, phone).describe()).staticSummary()
  expect(summary).toBe(`Voice call to ••${phone.e164.slice(-2)}, SG, for ${brand}: enrolment`)
})

test('each message, check and timer of a history has a summary', async () => {
  const house = await openHouse()
  house.sandbox.fault({ operation: 'send', fault: { kind: 'drop-after' } })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.wrongCodeFor(phone))
  await expect
    .poll(() => house.resend(login.id, 'call'), { interval: 300 })
    .toMatchObject({ outcome: 'sent' })
  await house.submit(login.id, house.codeFor(phone))
  const short = `••${phone.e164.slice(-2)}`
  expect(await summariesOf(house, phone)).toEqual([
    `SMS to ${short}`,
    'until the number may be sent to again',
    `SMS to ${short}`,
    expect.stringMatching(/^code expires \d\d:\d\d:\d\d UTC$/),
    'attempt 1 of 5',
    `Voice call to ${short}, the same code again`,
    expect.stringMatching(/^code expires \d\d:\d\d:\d\d UTC$/),
    'attempt 2 of 5',
  ])
})

test('each handler says what it is for', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await house.login(phone)
  const { definition } = await metadataOf(house, phone)
  const described = (handlers: Handlers) =>
    handlers.filter(({ description = '' }) => description !== '').map(({ name }) => name)
  expect(described(definition.signalDefinitions)).toEqual(['userCode', 'receipt'])
  expect(described(definition.updateDefinitions).toSorted()).toEqual(
    ['started', 'submitCode', 'resend', 'cancel', 'supersede', 'clear'].toSorted(),
  )
  expect(described(definition.queryDefinitions)).toEqual(expect.arrayContaining(['login', 'events']))
  const all = Object.values(definition).flatMap((handlers) =>
    Array.isArray(handlers) ? (handlers as Handlers) : [],
  )
  expect(described(all)).toHaveLength(all.length)
})

test('an operator’s clear between two logins says what it is, by whom and why', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.cancel(login.id)
  const { runId } = await handleOf(house, phone).describe()
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'called from +6591234567' })
  await handleOf(house, phone).result()

  const seen = await handleOf(house, phone).describe()
  expect(await seen.staticSummary()).toBe('an operator clears the number')
  expect(await seen.staticDetails()).toContain(runId)
  const details = await detailsOf(house, phone)
  expect(details).toContain('| cleared by | eve |')
  expect(details).toContain('| why | called from +•••••••••• |')
  const { definition } = await metadataOf(house, phone)
  expect(definition.updateDefinitions).toMatchObject([
    { name: 'clear', description: expect.stringMatching(/\S/) as string },
  ])
})

/** Of each activity and timer, in order; `undefined` where there is none. */
async function summariesOf(house: House, phone: Phone): Promise<(string | undefined)[]> {
  const { events } = await handleOf(house, phone).fetchHistory()
  const steps = events?.filter(
    (event) => event.activityTaskScheduledEventAttributes ?? event.timerStartedEventAttributes,
  )
  return Promise.all((steps ?? []).map(({ userMetadata }) => textOf(house, userMetadata?.summary)))
}

async function textOf(house: House, payload: temporal.api.common.v1.IPayload | null | undefined) {
  if (!payload) return undefined
  const [codec] = createConverter(house.namespace).payloadCodecs ?? []
  const [decoded] = (await codec?.decode([payload])) ?? []
  return decoded && defaultPayloadConverter.fromPayload<string>(decoded)
}
