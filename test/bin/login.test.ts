/** `npm run login`: what an engineer at a terminal is told of a login, and that no code and no number is in it. */
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test, vi } from 'vitest'
import type { Login } from '../../domain/login.ts'
import type { Phone } from '../../domain/phone.ts'
import { createDataConverter } from '../../platform/codec/data-converter.ts'
import { parseKeyRing } from '../../platform/codec/key-ring.ts'
import { untilResendable } from '../support/http.ts'
import { aPhone, encryptionKeys, openHouse, type House } from '../support/house.ts'
import { plant } from '../support/plant.ts'
import { API_KEY } from '../support/processes.ts'
import { appsFile } from './apps-file.ts'

/** Each test runs processes, and each of these takes seconds to start on a busy machine. */
vi.setConfig({ testTimeout: 60_000 })

const command = fileURLToPath(new URL('../../bin/login.ts', import.meta.url))

type Told = { readonly status: number; readonly text: string }

/** Output and exit status of the command, run as a person would. */
function tell(house: House, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Told> {
  const given = {
    PATH: process.env.PATH,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: house.namespace,
    TEMPORAL_UI_URL: 'https://ui.example/',
    EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
    API_KEY,
    LOOKUP_KEY: house.lookupKey.toString('base64'),
    ENCRYPTION_KEYS: encryptionKeys,
    ...env,
  }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], { env: given }, (_error, stdout, stderr) => {
      resolve({ status: child.exitCode ?? -1, text: stdout + stderr })
    })
  })
}

/** Each line in turn, somewhere after the one before. `#` is the number of an event. */
function expectInOrder({ status, text }: Told, ...lines: readonly string[]): void {
  expect(status).toBe(0)
  // A long step goes on in the next line.
  const flat = text.replace(/\n {10,}/g, ' ')
  let from = 0
  for (const line of lines) {
    const found = flat.slice(from).search(new RegExp(pattern(line)))
    expect(`${line}: ${found < 0 ? `missing in\n${flat.slice(from)}` : 'told'}`).toBe(`${line}: told`)
    from += found + 1
  }
}

const pattern = (line: string) =>
  line
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('#', '#\\d+')
    .replaceAll('CLOCK', '\\d\\d:\\d\\d:\\d\\d')

/** Neither the number, in whatever spelling, nor a code that was sent to it or typed for it. */
function expectNoSecret({ text }: Told, phone: Phone, ...codes: readonly string[]): void {
  const digits = phone.e164.slice(3)
  expect(text).toContain(phone.masked)
  expect(text.replaceAll(/[ ()-]/g, '')).not.toContain(digits)
  for (const code of codes) expect(text).not.toMatch(new RegExp(`(?<![\\w-])${code}(?![\\w-])`))
}

const handleOf = (house: House, phone: Phone) => house.client.workflow.getHandle(house.workflowId(phone))

test('a login is told step by step, with what came in, what was decided, and the budget before and after', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const [wrong, malformed] = [house.wrongCodeFor(phone), '271828182']
  await house.submit(login.id, wrong)
  await untilResendable(login)
  await house.resend(login.id, 'call')
  await handleOf(house, phone).signal('userCode', { code: malformed })
  await handleOf(house, phone).signal('userCode', { code: house.codeFor(phone) })
  await house.until(login.id, ({ status }) => status === 'verified')

  const told = await tell(house, [login.id])
  const { runId } = await handleOf(house, phone).describe()
  expectInOrder(
    told,
    `login     ${login.id}\n`,
    'status    verified\n',
    `phone     ${phone.masked} (SG), Voice call\n`,
    'for       Acme: login, asked for by the app acme\n',
    `workflow  ${house.workflowId(phone)}\n`,
    `run       ${runId}\n`,
    `UI        https://ui.example/namespaces/default/workflows/${encodeURIComponent(house.workflowId(phone))}/${runId}/history\n`,
    `CLOCK  +0.000    #   login asked for: SMS to ${phone.masked} (SG), for Acme; 5 attempts, 2 resends`,
    'start granted: 0 of 3 sends in 10 min, 0 of 5 in 1 h, 0 of 10 in 24 h; no failures',
    'budget: sends in 24 h 0 → 1, next send not before CLOCK',
    '#     update started: the caller waits for the first code',
    `#     sendCode is to be done: SMS to ••${phone.e164.slice(-2)}`,
    '#     sendCode: 8x8 took the message, after ',
    '#  SMS sent; the code expires CLOCK UTC',
    '#    timer is set: code expires CLOCK UTC',
    '#    update started is answered: waiting for code',
    '#    update submitCode: a code came in',
    '#    checkCode is to be done: attempt 1 of 5',
    '#    checkCode: 8x8 says that the code is wrong, after ',
    '#  a code was checked and is wrong; 4 attempts are left',
    '#    budget: failures 0 → 1',
    '#    update submitCode is answered: incorrect',
    '#    update resend: the code is wanted again, by call',
    '#    budget: sends in 24 h 1 → 2',
    '#  Voice call sent; the code expires CLOCK UTC',
    '#    signal userCode from ',
    ': it is no code, and changes nothing',
    '#    signal userCode from ',
    ': a code came in',
    '#  a code was checked and is right: verified',
    '#    budget: failures 1 → 0',
    '#    the run is complete',
    'budget left  2 of 3 sends in 10 min, 2 of 5 in 1 h, 2 of 10 in 24 h; no failures',
  )
  expectNoSecret(told, phone, house.codeFor(phone), wrong, malformed)
})

test('each step can be told with the address of its event in the UI', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.cancel(login.id)
  const { text } = await tell(house, ['--links', login.id])
  const page = `https://ui.example/namespaces/default/workflows/${encodeURIComponent(house.workflowId(phone))}/`
  const steps = [...text.matchAll(/^\d\d:\d\d:\d\d +\S+ +#(\d+)/gm)].map(([, number = '']) => number)
  const links = [...text.matchAll(/^ +(https:\S+)\/history\/events\/(\d+)$/gm)]
  expect(links.map(([, , number]) => number)).toEqual(steps)
  expect(steps.length).toBeGreaterThan(8)
  for (const [, address] of links) expect(address?.startsWith(page)).toBe(true)
})

test('a send that is tried again is told while it goes on, and with its tries when it has failed', async () => {
  const house = await openHouse({ policy: { codeValiditySeconds: 20 } })
  const phone = aPhone()
  // The fourth try would begin after the code's validity, and none is under way when it ends.
  const headers = { 'retry-after': '7' }
  house.sandbox.fault({ operation: 'send', times: 'always', fault: { kind: 'status', status: 429, headers } })
  const login = await house.login(phone, { waitSeconds: 2 })
  const open = await tell(house, [login.id])
  expectInOrder(open, 'status    sending\n', 'now              sendCode: try ', ': not-done (rate limited)')
  await house.until(login.id, ({ status }) => status === 'failed')

  const told = await tell(house, [login.id])
  expectInOrder(
    told,
    'status    failed: provider unavailable\n',
    '#     sendCode is to be done: SMS to',
    '#     sendCode: try ',
    '; the one before: not-done (rate limited)',
    '#     sendCode ends without an answer: not-done (rate limited)',
    '#  SMS certainly not sent (rate_limited)',
    '#  failed: no code could be sent (rate_limited)',
    '#    budget: sends in 24 h 1 → 0',
    '#    update started is answered: failed (rate limited)',
  )
  expectNoSecret(told, phone)
})

test('a login that nobody came for is told to its timer', async () => {
  const house = await openHouse({ policy: { codeValiditySeconds: 1 } })
  const phone = aPhone()
  const login = await house.login(phone)
  await house.until(login.id, ({ status }) => status === 'expired')
  const told = await tell(house, [login.id])
  expectInOrder(
    told,
    'status    expired: deadline\n',
    '#    timer is set: code expires CLOCK UTC',
    '#    timer is over: code expires CLOCK UTC',
    '#  expired: the time for the code is over',
  )
  expectNoSecret(told, phone, house.codeFor(phone))
})

test('a disabled number is told as one, and then who cleared it and why', async () => {
  const house = await openHouse()
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 95, lastAt: Date.now() - 2 * 3_600_000 } })
  const login = await house.login(phone)
  for (const n of [1, 2, 3, 4, 5]) await house.submit(login.id, house.wrongCodeFor(phone, n))
  expectInOrder(
    await tell(house, [login.id]),
    'status    failed: too many attempts; the number is disabled\n',
    'start granted: 0 of 3 sends in 10 min, 0 of 5 in 1 h, 0 of 10 in 24 h; 95 failures in a row',
    '#    budget: failures 95 → 96, no start before CLOCK',
    '#  failed: no attempt is left',
    '#    budget: failures 99 → 100, no start before CLOCK, the number is disabled',
    'budget left  1 of 3 sends in 10 min, 1 of 5 in 1 h, 1 of 10 in 24 h; 100 failures in a row, the number is disabled',
  )

  const why = `he called from ${phone.e164}, \u001b[31mangry`
  await house.gateway.clearNumber('acme', phone, { by: 'eve', why })
  const told = await tell(house, [login.id])
  expectInOrder(
    told,
    'status    failed: too many attempts\n',
    '#    update clear: eve forgives the number’s failures: he called from +••••••••••, [31mangry',
    '#    budget: failures 100 → 0',
    '#    the run is complete',
  )
  expectNoSecret(told, phone)
  expect(told.text).not.toContain('\u001b')
})

test('who cleared a number, and why, is told before a worker has taken it', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  await plant(house, phone, { failures: { count: 7, lastAt: Date.now() } })
  const cleared = house.gateway.clearNumber('acme', phone, { by: 'eve', why: `called from ${phone.e164}` })
  await expect
    .poll(() => handleOf(house, phone).describe())
    .toMatchObject({ type: 'clearNumber', status: { name: 'RUNNING' } })
  const told = await tell(house, [phone.e164])
  expectInOrder(
    told,
    'CLOCK  cleared by eve ',
    'status    cleared by eve\n',
    '#     eve asks to forgive the number’s failures: called from +••••••••••',
    'now              no worker has taken the workflow task of CLOCK UTC, ',
  )
  expect(told.text).not.toContain(phone.e164.slice(3))
  expect(await cleared).toEqual({ outcome: 'unavailable' })
})

test('an open login without a worker is told as stuck at once, with what it waits for', async () => {
  const house = await openHouse({ worker: 'none' })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  const told = await tell(house, [login.id])
  expectInOrder(
    told,
    'status    open\n',
    'stuck     no worker has taken the workflow task of CLOCK UTC, ',
    '; no worker polls its task queue',
    '#   login asked for: SMS to',
    'budget: sends in 24 h 0 → 1',
    'now              no worker has taken the workflow task of CLOCK UTC, ',
  )
  expectNoSecret(told, phone)
})

test('a send that no worker has taken is not told as under way', async () => {
  const house = await openHouse({ worker: 'none' })
  await house.startWorker({ activities: undefined })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  await expect
    .poll(async () => (await handleOf(house, phone).describe()).raw.pendingActivities)
    .toHaveLength(1)
  const told = await tell(house, [login.id])
  expectInOrder(told, 'now              sendCode: try 1, no worker has taken it\n')
})

test('a login whose workflow task fails again and again is told as stuck, with how often and what it was', async () => {
  const house = await openHouse({ worker: 'none' })
  const keys = parseKeyRing(`other:${randomBytes(32).toString('base64')}`)
  if (keys === undefined) throw new Error('malformed keys')
  const { namespace } = house
  const dataConverter = createDataConverter({ keys, namespace, plainText: 'refused', alarm: () => undefined })
  await house.startWorker({ dataConverter })
  const phone = aPhone()
  const login = await house.login(phone, { waitSeconds: 1 })
  const pendingTries = async () => {
    const { raw } = await handleOf(house, phone).describe()
    return raw.pendingWorkflowTask?.attempt ?? 0
  }
  await expect.poll(pendingTries).toBeGreaterThan(2)
  expectInOrder(
    await tell(house, [login.id]),
    'status    open\n',
    'stuck     ',
    '; it has failed ',
    ' times in a row; a worker polls its task queue; the last failure that was recorded is #',
    '#     workflow task failed at ',
    ' (workflow worker unhandled failure, not-done)',
  )
})

test('what an operator did to a run is told, with who and why', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  const handle = handleOf(house, phone)
  const { runId } = await handle.describe()
  const { events } = await handle.fetchHistory()
  const task = events?.find((event) => event.workflowTaskCompletedEventAttributes)
  const reset = await house.client.workflowService.resetWorkflowExecution({
    namespace: house.namespace,
    workflowExecution: { workflowId: house.workflowId(phone), runId },
    reason: 'to see what happens',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task?.eventId ?? null,
  })
  await handle.result()
  expectInOrder(
    await tell(house, [login.id]),
    'status    failed: operator\n',
    `run       ${reset.runId}\n`,
    `reset by an operator from run ${runId}: to see what happens`,
    '#  failed: ended by an operator (reset)',
  )
  expectInOrder(
    await tell(house, [`${house.workflowId(phone)}/${runId}`]),
    'status    failed: operator (terminated)\n',
    `reset to  run ${reset.runId}\n`,
    '#    terminated by ',
    ': to see what happens',
  )
})

test('an attempt that was under way when the login was terminated is in the budget that is left', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  house.sandbox.fault({ operation: 'check', fault: { kind: 'delay', ms: 1500 } })
  const cutOff = house.submit(login.id, house.wrongCodeFor(phone))
  await expect.poll(() => house.checks().length).toBe(1)
  await handleOf(house, phone).terminate('an operator')
  expectInOrder(
    await tell(house, [login.id]),
    'status    failed: operator (terminated)\n',
    '#    checkCode is to be done: attempt 1 of 5',
    '#    terminated by ',
    'budget left  1 of 3 sends in 10 min, 1 of 5 in 1 h, 1 of 10 in 24 h; 1 failure in a row',
  )
  await cutOff
})

describe('a number’s logins', () => {
  test('are listed newest first, whoever’s they are, and the newest is told in full', async () => {
    const house = await openHouse()
    const phone = aPhone()
    const elsewhere = { ...house.app, name: 'elsewhere' }
    const first = await house.gateway.start(elsewhere, house.toStart(phone))
    if (first.outcome !== 'started') throw new Error(first.outcome)
    await untilResendable(first.login)
    const second = await house.login(phone)
    await house.submit(second.id, house.codeFor(phone))
    await untilResendable(second)
    await house.gateway.clearNumber('acme', phone, { by: 'eve', why: 'asked at the desk' })
    const third = await house.login(phone)
    await house.cancel(third.id)
    // From then on nothing that is told of the number changes by itself, so two tellings are the same.
    await untilResendable(third)

    const workflowId = house.workflowId(phone)
    const overview = [
      `${workflowId}: 4 runs, newest first\n`,
      'CLOCK  canceled: caller ',
      '  acme\n',
      'CLOCK  cleared by eve ',
      'CLOCK  verified ',
      '  acme\n',
      'CLOCK  superseded: newer login ',
      '  elsewhere\n',
    ]
    const byPhone = await tell(house, [phone.e164])
    expectInOrder(byPhone, ...overview, `login     ${third.id}\n`, '#  canceled by the caller')
    expect(byPhone.text).not.toContain(second.id)
    expectNoSecret(byPhone, phone, house.codeFor(phone))
    expect(await tell(house, [workflowId])).toEqual(byPhone)

    const all = await tell(house, [workflowId, '--all'])
    const cleared = 'update clear: eve forgives the number’s failures: asked at the desk'
    expectInOrder(all, ...overview, `login     ${third.id}\n`, cleared, second.id, first.login.id)

    const [, , , , oldest = ''] = byPhone.text.split('\n')
    const runId = /[0-9a-f-]{36}/.exec(oldest)?.[0] ?? ''
    expectInOrder(await tell(house, [`${phone.e164}/${runId}`]), `login     ${first.login.id}\n`)
    expectInOrder(
      await tell(house, [first.login.id]),
      'status    superseded: newer login\n',
      `run       ${runId}\n`,
    )
  })
})

test('of a number with many runs the newest 20 are listed', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.cancel(login.id)
  const clear = (why: string) => house.gateway.clearNumber('acme', phone, { by: 'eve', why })
  for (let n = 1; n <= 20; n += 1) expect(await clear(`${n} of 20`)).toMatchObject({ outcome: 'number' })
  const told = await tell(house, [phone.e164])
  expectInOrder(told, ': the newest 20 runs, newest first\n', 'failures: 20 of 20')
  expect(told.text.match(/^\S+ \S+ {2}cleared by eve/gm)).toHaveLength(20)
  expect(told.text).not.toContain('canceled')
})

test('PII-14: without the key only what needs none is told, and which key is missing', async () => {
  const house = await openHouse()
  const phone = aPhone()
  const login = await house.login(phone)
  await house.submit(login.id, house.codeFor(phone))
  const missing = { ENCRYPTION_KEYS: `other:${randomBytes(32).toString('base64')}` }
  const told = await tell(house, [phone.e164], missing)
  expectInOrder(
    told,
    'CLOCK  verified ',
    'status    verified\n',
    'unread    sealed with the key test, which is not in ENCRYPTION_KEYS; told is what needs no key',
    '#     sendCode is to be done\n',
    '#     sendCode: an answer, which does not open, after ',
    '#    the memo changes; its payload does not open',
    '#    the run is complete',
  )
  expect(told.text).not.toContain(phone.masked)

  const byId = await tell(house, [login.id], missing)
  expect(byId.status).toBe(1)
  expect(byId.text).toMatch(
    /sealed with the key test, which is not in ENCRYPTION_KEYS.* npm run login -- login:acme:/,
  )

  const other = { ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` }
  expectInOrder(
    await tell(house, [phone.e164], other),
    'sealed with another key test than the one in ENCRYPTION_KEYS',
  )
})

test('with several apps, a phone is looked for in the sub-account of the named app, and an id names its own', async () => {
  const house = await openHouse()
  const several = { API_KEY: '', APPS_FILE: await appsFile({ shop: 'acme', desk: 'acme_internal' }) }
  const phone = aPhone()
  const login = await house.login(phone)
  for (const args of [[phone.e164, '--app', 'shop'], [login.id], [house.workflowId(phone)]]) {
    expectInOrder(await tell(house, args, several), `workflow  ${house.workflowId(phone)}\n`)
  }
  expect(await tell(house, [phone.e164, '--app', 'desk'], several)).toEqual({
    status: 1,
    text: expect.stringMatching(/^Temporal knows no such login/) as unknown,
  })
  const choices = ':\n  --app shop, of acme\n  --app desk, of acme_internal\n'
  for (const args of [[phone.e164], [phone.e164, '--app', 'shops']]) {
    expect(await tell(house, args, several)).toEqual({
      status: 1,
      text: expect.stringContaining(choices) as unknown,
    })
  }
})

describe('told in one line, with exit status 1:', () => {
  test.each<[string, (house: House) => string[], NodeJS.ProcessEnv, RegExp]>([
    ['nothing asked for', () => [], {}, /^Usage: npm run login -- <login>/],
    ['an unknown option', () => ['--code', 'lg_x'], {}, /^Usage/],
    ['a workflow of others', () => ['payroll'], {}, /^This is no login id/],
    ['a number without a login', () => [aPhone().e164], {}, /^Temporal knows no such login/],
    ['a login that never was', (house) => [aLoginId(house)], {}, /^Temporal knows no such login/],
    [
      'a malformed setting',
      () => ['lg_x'],
      { ENCRYPTION_KEYS: 'x' },
      /^The configuration is wrong:\n {2}ENCRYPTION_KEYS/,
    ],
  ])('%s', async (_name, args, env, told) => {
    const house = await openHouse({ worker: 'none' })
    expect(await tell(house, args(house), env)).toEqual({
      status: 1,
      text: expect.stringMatching(told) as unknown,
    })
  })

  const aLoginId = (house: House): Login['id'] => house.identity.newLoginId(house.workflowId(aPhone()))

  test('Temporal away', async () => {
    const house = await openHouse({ worker: 'none' })
    const told = await tell(house, [aPhone().e164], { TEMPORAL_ADDRESS: '127.0.0.1:1' })
    expect(told).toEqual({
      status: 1,
      text: `Temporal cannot be reached: 127.0.0.1:1, namespace ${house.namespace}.\n`,
    })
  })

  test('a namespace that is not there', async () => {
    const house = await openHouse({ worker: 'none' })
    const settings = { TEMPORAL_NAMESPACE: 'not-registered' }
    for (const target of [aPhone().e164, aLoginId(house)]) {
      expect(await tell(house, [target], settings)).toEqual({
        status: 1,
        text: `Temporal has no such namespace: ${inject('temporalAddress')}, namespace not-registered.\n`,
      })
    }
  })
})
