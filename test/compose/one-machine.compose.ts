/** docs/running.md followed from top to bottom on one machine: set up, sign in, stop, release, back up, restore. */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPhones } from '../../bench/phones.ts'
import type { Login, PosternClient } from '../../client/index.ts'
import { seed } from '../support/injected.ts'
import { openMachine, type Machine } from './machine.ts'
import { blockWith } from './page.ts'

/** As the page has it. */
const NEXT = '0.2.0'

let machine: Machine
let app: PosternClient
beforeAll(async () => {
  machine = await openMachine({
    ALLOWED_COUNTRIES: 'GB,DE,FR,ES,IT,IN,AU,PH,TH,BR,ID,AT',
    // Longer than a stop and a start of everything, or a rollout's build.
    CODE_VALIDITY_SECONDS: '180',
  })
})
// Without one that has come up, what failed has been told already.
afterAll(() => (machine as Machine | undefined)?.close())

const newPhone = createPhones(seed)
const right = (phone: string) => machine.codeFor(phone)
const wrong = (phone: string) => String((Number(right(phone)) + 1) % 1e6).padStart(6, '0')
let people = 0
/** Each from another address, as the app tells: one address may ask 20 times a minute. */
const person = (phone: string) => ({ phone, clientIp: `198.51.100.${(people += 1)}` })
const get = (path: string) => fetch(`http://127.0.0.1:3000${path}`)
const isReady = () =>
  get('/readyz').then(
    ({ status }) => status,
    () => 0,
  )

test('the first commands of the page make the image, start all of it, and find nothing wrong', async () => {
  const said = await machine.follow(blockWith('deploy/new-secrets.sh'))
  expect(said).toMatch(/^0 wrong/m)
  expect(said).toMatch(/^ok +8x8/m)
  await expect.poll(isReady).toBe(200)
  app = await machine.app()
  process.stderr.write(`postern: stand-ins for images: ${machine.standIns.join(', ') || 'none'}\n`)
})

test('a person signs in: a wrong code, the right one, and the engineer’s history of it', async () => {
  const phone = newPhone()
  const { id } = await app.start(person(phone))
  await expect(app.submit(id, wrong(phone))).rejects.toMatchObject({
    code: 'code-incorrect',
    problem: { attemptsLeft: 4 },
  })
  expect(await app.submit(id, right(phone))).toMatchObject({ status: 'verified' })
  expect(machine.sends(phone)).toBe(1)
  const told = await machine.compose(`run --rm operator node bin/login.ts ${id}`)
  expect(told).toContain('verified')
  const listed = await machine.compose(
    `run --rm temporal-cli workflow list --query "PosternStatus='verified'" --output json`,
  )
  expect(JSON.parse(listed)).toHaveLength(1)
})

test('our parts have no way to write, no capabilities and no root', async () => {
  for (const part of ['api', 'api-2', 'worker', 'codec-server']) {
    const inside = (words: string) => machine.compose(`exec -T ${part} sh -c "${words}"`)
    expect(await inside('id -u')).toBe('1000\n')
    expect(await inside('grep CapBnd /proc/1/status')).toMatch(/^CapBnd:\s0{16}$/m)
    expect(await inside('touch /app/x 2>/dev/null || echo refused')).toBe('refused\n')
  }
})

test('nobody reaches what is not theirs', async () => {
  const reached = (part: string, port: number, host: string) =>
    machine.compose(
      `exec -T ${part} node -e "require('node:net').connect(${port}, '${host}', () => { console.log('reached'); process.exit() }).on('error', () => console.log('not reached'))"`,
    )
  expect(await reached('api', 7233, 'temporal')).toBe('reached\n')
  expect(await reached('api', 5432, 'postgresql')).toBe('not reached\n')
  expect(await reached('worker', 5432, 'postgresql')).toBe('not reached\n')
  expect(await reached('codec-server', 7233, 'temporal')).toBe('not reached\n')
  expect(await reached('codec-server', 6379, 'valkey')).toBe('not reached\n')
  for (const port of [5432, 6379, 7233, 9464, 9465]) expect(await isOpen(port)).toBe(false)
})

test('an address is the one that the proxy of this machine has seen, and one that asks too often does not stop others', async () => {
  const authorization = `Bearer ${await machine.setting('API_KEY')}`
  const start = async (address: string) => {
    const { status } = await fetch('http://127.0.0.1:3000/v1/logins', {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ phone: newPhone() }),
    })
    return status
  }
  const statuses: number[] = []
  while (statuses.length < 50 && statuses.at(-1) !== 429) statuses.push(await start('203.0.113.7'))
  expect(statuses.at(-1)).toBe(429)
  expect(await start('203.0.113.8')).toBe(201)
})

test('the Temporal UI knows the namespace, and the codec server wants its token', async () => {
  const ui = await fetch('http://127.0.0.1:8233/api/v1/namespaces/postern')
  expect(await ui.json()).toMatchObject({ namespaceInfo: { name: 'postern' } })
  const decode = async (headers: Readonly<Record<string, string>>) => {
    const answer = await fetch('http://127.0.0.1:3004/decode', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-namespace': 'postern', ...headers },
      body: JSON.stringify({ payloads: [] }),
    })
    return answer.status
  }
  expect(await decode({})).toBe(401)
  expect(await decode({ authorization: `Bearer ${await machine.setting('CODEC_TOKEN')}` })).toBe(200)
})

test('an operator’s block and a new signing key are taken by what runs', async () => {
  const operator = (words: string) => machine.compose(`run --rm operator node bin/block.ts ${words}`)
  const start = () => app.start(person('+919812345678'))
  await operator('add --country IN --reason rehearsal')
  await expect
    .poll(() => start().catch((error: unknown) => error), { interval: 1000 })
    .toMatchObject({ status: 403 })
  await operator('remove 1')
  await expect
    .poll(() => start().then(({ status }) => status, String), { interval: 1000 })
    .toBe('waiting_for_code')

  const keys = async () => ((await (await get('/.well-known/jwks.json')).json()) as { keys: unknown[] }).keys
  expect(await keys()).toHaveLength(1)
  await machine.follow(['npm run signing-key -- --add-to deploy/secrets/signing-keys.json'])
  await expect.poll(keys, { timeout: 90_000 }).toHaveLength(2)
})

test('the key of the encryption is replaced in the middle of a login, and what it has sealed can be read', async () => {
  const before = await signIn()
  const phone = newPhone()
  const { id } = await app.start(person(phone))
  const old = await machine.setting('ENCRYPTION_KEYS')
  const added = `rehearsal:${randomBytes(32).toString('base64')}`
  for (const keys of [`${old},${added}`, `${added},${old}`]) {
    await machine.set('ENCRYPTION_KEYS', keys)
    await machine.compose('up --detach --wait api api-2 codec-server')
    await machine.compose('up --detach worker')
  }
  expect(await patiently(() => app.submit(id, right(phone)))).toMatchObject({ status: 'verified' })
  for (const login of [before, await signIn()]) {
    expect(await app.read(login)).toMatchObject({ status: 'verified' })
  }
})

test('one API answers while the other is away', async () => {
  const second = await machine.app(3001)
  await machine.compose('stop api')
  expect(await isReady()).toBe(0)
  const phone = newPhone()
  const { id } = await second.start(person(phone))
  await machine.compose('up --detach --no-deps --wait api')
  expect(await app.submit(id, right(phone))).toMatchObject({ status: 'verified' })
})

test('everything is stopped in the middle of a login and started again, and the login goes on', async () => {
  const phone = newPhone()
  const { id } = await app.start(person(phone))
  await machine.compose('stop')
  const ended = await machine.compose('ps --all --format "{{.Service}} {{.ExitCode}}"')
  // 137 is SIGKILL: a part that did not end in its time.
  for (const part of ['api', 'api-2', 'worker', 'codec-server', 'temporal', 'postgresql', 'valkey']) {
    expect(ended).toMatch(new RegExp(`^${part} (0|143)$`, 'm'))
  }
  await machine.compose('up --detach')
  await expect.poll(isReady, { timeout: 120_000 }).toBe(200)
  expect(await patiently(() => app.submit(id, right(phone)))).toMatchObject({ status: 'verified' })
  expect(machine.sends(phone)).toBe(1)
})

test('a release is rolled out with a login in flight, and the old worker goes when its last login is over', async () => {
  const phone = newPhone()
  const { id } = await app.start(person(phone))
  await machine.checkOutNext(NEXT)
  const rollout = blockWith('export NEXT_VERSION=')
  expect(rollout[0]).toBe(`export NEXT_VERSION=${NEXT}`)
  await machine.follow(rollout)
  const other = newPhone()
  const newer = await app.start(person(other))
  expect(await app.submit(id, right(phone))).toMatchObject({ status: 'verified' })
  expect(await app.submit(newer.id, right(other))).toMatchObject({ status: 'verified' })
  await expect.poll(() => countOf(`postern:${NEXT}`)).toBe(1)

  const describe = () =>
    machine.compose('run --rm temporal-cli worker deployment describe --name postern --output json')
  // Temporal looks whether a version is drained some minutes after it has lost its place.
  await expect.poll(describe, { timeout: 540_000, interval: 10_000 }).toMatch(/"drained"/i)
  await machine.follow([...rollout.slice(0, 1), ...blockWith('POSTERN_VERSION=$NEXT_VERSION" >>')])
  const running = await machine.compose('ps --format "{{.Service}} {{.Image}}"')
  expect(running).toContain(`worker postern:${NEXT}\n`)
  expect(running).not.toContain('worker-next')
  await signIn()
  await expect.poll(() => countOf(`postern:${NEXT}`)).toBe(2)
}, 1_200_000)

test('row 16: a backup is restored: what was open ends without a message, and what began later is gone', async () => {
  const [openPhone, laterPhone] = [newPhone(), newPhone()]
  const closed = await signIn()
  const open = await app.start(person(openPhone))
  await machine.follow(blockWith('pg_basebackup'))
  expect(await app.submit(open.id, right(openPhone))).toMatchObject({ status: 'verified' })
  const later = await app.start(person(laterPhone))

  await machine.follow(blockWith('tar -x'))
  const isOver = () => Date.now() > Date.parse(open.expiresAt ?? '') + 5000
  await expect.poll(isOver, { timeout: 240_000, interval: 1000 }).toBe(true)
  const messages = machine.sandbox.messages().length
  expect(await machine.follow(blockWith('--wait api api-2'))).toMatch(/^0 wrong/m)
  await expect.poll(isReady).toBe(200)

  expect(await patiently(() => app.read(closed))).toMatchObject({ status: 'verified' })
  await expect.poll(() => app.read(open.id)).toMatchObject({ status: 'expired' })
  await expect(app.read(later.id)).rejects.toMatchObject({ status: 404 })
  expect(machine.sandbox.messages()).toHaveLength(messages)
  await signIn()
}, 900_000)

/** From start to verdict; the login's id. */
async function signIn(): Promise<string> {
  const phone = newPhone()
  const { id } = await patiently(() => app.start(person(phone)))
  expect(await patiently(() => app.submit(id, right(phone)))).toMatchObject({ status: 'verified' })
  return id
}

/** Logins that a version has taken. */
async function countOf(version: string): Promise<number> {
  const listed = await machine.compose(
    `run --rm temporal-cli workflow list --query "TemporalWorkerDeploymentVersion='${version}'" --output json`,
  )
  return (JSON.parse(listed) as unknown[]).length
}

/** As an app that repeats what it may. */
async function patiently<L extends Login>(request: () => Promise<L>): Promise<L> {
  let login: L | undefined
  await expect
    .poll(async () => (login = await request().catch(() => undefined)), { timeout: 60_000 })
    .toBeDefined()
  if (login === undefined) throw new Error('it never came')
  return login
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
