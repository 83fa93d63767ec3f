/** Row 18: the Temporal server itself dies in the middle of logins and comes back with what it had written. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { expect, onTestFinished, test } from 'vitest'
import { createIdentity } from '../../../api/identity.ts'
import { createLoginGateway } from '../../../api/login-gateway.ts'
import type { Phone } from '../../../domain/phone.ts'
import { defaultPolicy } from '../../../domain/policy.ts'
import { freePort } from '../../../platform/dev-server/ports.ts'
import { startDevServer } from '../../../platform/dev-server/start.ts'
import { startSandbox } from '../../../sandbox/start-sandbox.ts'
import { gather, listenIn, type Told } from '../../support/evidence.ts'
import { aPhone, createConverter } from '../../support/house.ts'
import { injected } from '../../support/injected.ts'
import { judge } from '../../support/oracle.ts'
import { createWays, startWorkerVia } from '../../support/watched-house.ts'

const app = { name: 'acme', subAccountId: 'acme', policy: { ...defaultPolicy, resendIntervalSeconds: 1 } }
const taskQueue = 'logins'

/** A server of its own, with a database file, that may be killed and started again on the same port. */
async function openServer() {
  const folder = await mkdtemp(join(tmpdir(), 'postern-faults-'))
  const port = await freePort()
  const start = () =>
    startDevServer({ port, headless: true, dbFile: join(folder, 'temporal.db'), report: () => undefined })
  let server = await start()
  onTestFinished(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  return {
    address: server.address,
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.exited
    },
    async restart() {
      server = await start()
    },
  }
}

/** What `openHouse` gives, on that server. */
async function openPostern(address: string) {
  const { sandbox, url, close } = await startSandbox({ minimums: { codeValidity: 1, resendingInterval: 1 } })
  onTestFinished(close)
  const connection = await Connection.connect({ address })
  onTestFinished(() => connection.close())
  const client = new Client({ connection, dataConverter: createConverter('default') })
  const identity = createIdentity(randomBytes(32))
  await startWorkerVia({ namespace: 'default', taskQueue }, createWays({ sandboxUrl: url }), address)
  const told: Told[] = []
  const gatewayFor = (codeValiditySeconds: number) => {
    const policy = { ...defaultPolicy, codeValiditySeconds, resendIntervalSeconds: 1 }
    const gateway = createLoginGateway({ client, identity, policy, taskQueue })
    listenIn(gateway, told)
    return gateway
  }
  const patient = gatewayFor(300)
  const submit = (loginId: string, code: string) =>
    patient.submitCode(app, loginId, { code, respondAsync: false })
  return {
    sandbox,
    submit,
    codeFor: ({ e164 }: Phone) => sandbox.lastCode(e164) ?? '',
    read: (loginId: string) => patient.read(app, loginId, 1),
    async start(phone: Phone, codeValiditySeconds: number) {
      const gateway = gatewayFor(codeValiditySeconds)
      const request = { phone, channel: 'sms', brand: 'Acme', purpose: 'login', waitSeconds: 10 } as const
      const result = await gateway.start({ ...app, policy: { ...app.policy, codeValiditySeconds } }, request)
      if (result.outcome !== 'started') throw new Error(`no login was started: ${result.outcome}`)
      return result.login
    },
    gather: () => gather({ client, identity, taskQueue, sandbox }, told),
  }
}

test('row 18: a server killed in the middle of logins loses none, and its timers fire late but fire', async ({
  task,
}) => {
  const server = await openServer()
  const postern = await openPostern(server.address)
  const [noShow, late, patient, checked] = [aPhone(), aPhone(), aPhone(), aPhone()]
  const logins = {
    noShow: await postern.start(noShow, 5),
    late: await postern.start(late, 5),
    patient: await postern.start(patient, 300),
    checked: await postern.start(checked, 300),
  }
  postern.sandbox.fault({ operation: 'check', phone: checked.e164, fault: { kind: 'delay', ms: 1000 } })
  const verdict = postern.submit(logins.checked.id, postern.codeFor(checked))
  const check = () => postern.sandbox.requests.find(({ operation }) => operation === 'check')
  await expect.poll(check).toBeDefined()
  const killedAt = Date.now()
  await server.kill()
  injected(task, 'Temporal server SIGKILL during a check')
  await expect.poll(() => check()?.answered).toBe(200)
  const deadline = Date.parse(logins.late.expiresAt ?? '')
  await expect.poll(() => Date.now() > deadline).toBe(true)
  await server.restart()
  await verdict

  const ending = async (loginId: string) => {
    const result = await postern.read(loginId)
    return result.outcome === 'login' ? result.login.status : result.outcome
  }
  const patience = { timeout: 30_000, interval: 200 }
  await expect.poll(() => ending(logins.noShow.id), patience).toBe('expired')
  await expect
    .poll(() => postern.submit(logins.late.id, postern.codeFor(late)), patience)
    .toMatchObject({ answer: { outcome: 'closed', login: { status: 'expired' } } })
  await expect
    .poll(() => postern.submit(logins.patient.id, postern.codeFor(patient)), patience)
    .toMatchObject({ answer: { outcome: 'verified' } })
  await expect.poll(() => ending(logins.checked.id), patience).toMatch(/verified|waiting_for_code/)
  expect(postern.sandbox.requests.filter(({ phone }) => phone === late.e164)).toHaveLength(1)
  expect(judge(await postern.gather(), { outageMs: Date.now() - killedAt })).toEqual([])
})
