/** `npm start` on a fresh checkout: one command, a login, a restart, and nothing left behind (design 6). */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOccupied } from '../../platform/dev-server/ports.ts'
import { makeWorkingCopy, npmStart, quietPort, type Started, type WorkingCopy } from '../support/npm-start.ts'

const UP = 'postern: everything is up'
const settings = [
  'PORT',
  'DEMO_PORT',
  'SANDBOX_PORT',
  'CODEC_PORT',
  'TEMPORAL_DEV_PORT',
  'TEMPORAL_DEV_UI_PORT',
] as const
type Ports = Readonly<Record<(typeof settings)[number], number>>

async function choosePorts(): Promise<Ports> {
  const ports = new Set<number>()
  while (ports.size < settings.length) ports.add(await quietPort())
  return Object.fromEntries([...ports].map((port, index) => [settings[index], port])) as Ports
}

function asEnvironment(ports: Ports): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]))
}

/** Calls as the person would who copies the key from the line that was printed. */
function createUser(started: Started, ports: Ports) {
  const [, key = ''] = /Bearer (\S+)"/.exec(started.output()) ?? []
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${ports.PORT}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await response.json()) as { readonly id: string; readonly status: string }
  }
  return {
    start: (phone: string) => call('POST', '/v1/logins', { phone }),
    read: (id: string) => call('GET', `/v1/logins/${id}`),
    submit: (id: string, code: string) => call('POST', `/v1/logins/${id}/code`, { code }),
    async codeOf(phone: string): Promise<string> {
      const query = new URLSearchParams({ phone }).toString()
      const inbox = await fetch(`http://127.0.0.1:${ports.SANDBOX_PORT}/inbox.json?${query}`)
      const { messages } = (await inbox.json()) as { messages: readonly { code: string }[] }
      return messages[0]?.code ?? 'no message'
    },
  }
}

type Sealed = { readonly data: string }

/** What a page of the Temporal UI finds out by itself: where to have payloads decoded, and so the ids of `count` logins. */
async function loginIdsInTheUi(ports: Ports, count: number) {
  const ui = `http://127.0.0.1:${ports.TEMPORAL_DEV_UI_PORT}`
  const read = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).json()
  const query = new URLSearchParams({ query: 'WorkflowType = "login"' }).toString()
  const list = async () => {
    const { executions } = (await read(`${ui}/api/v1/namespaces/default/workflows?${query}`)) as {
      executions: readonly { memo: { fields: { loginId: Sealed } } }[]
    }
    return executions.map(({ memo }) => memo.fields.loginId)
  }
  let sealed = await list()
  // The list follows a start at a small distance.
  for (let tries = 0; sealed.length < count && tries < 200; tries += 1) {
    await sleep(50)
    sealed = await list()
  }
  const { Codec } = (await read(`${ui}/api/v1/settings`)) as { Codec: { Endpoint: string } }
  const { payloads } = (await read(`${Codec.Endpoint}/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', origin: ui },
    body: JSON.stringify({ payloads: sealed }),
  })) as { payloads: readonly Sealed[] }
  const toText = ({ data }: Sealed) => Buffer.from(data, 'base64').toString()
  return { sealed: sealed.map(toText), shown: payloads.map(toText) }
}

async function stillOccupied(ports: Ports): Promise<readonly number[]> {
  const occupied = await Promise.all(Object.values(ports).map(isOccupied))
  return Object.values(ports).filter((_, index) => occupied[index])
}

describe('from a fresh checkout', { timeout: 60_000 }, () => {
  const seen: Record<string, unknown> = {}
  const running: Started[] = []
  let copy: WorkingCopy | undefined

  beforeAll(async () => {
    copy = await makeWorkingCopy()
    const ports = await choosePorts()
    const env = asEnvironment(ports)

    const first = npmStart(copy, env)
    running.push(first)
    await first.shows(UP)
    const user = createUser(first, ports)
    const login = await user.start('+6591234567')
    seen.verdict = await user.submit(login.id, await user.codeOf('+6591234567'))
    const open = await user.start('+6591234568')
    seen.ids = [open.id, login.id]
    seen.inTheUi = await loginIdsInTheUi(ports, 2)
    await first.terminate('npm')
    await first.ended
    seen.leftByFirst = await first.leftovers()
    seen.portsAfterFirst = await stillOccupied(ports)
    // What is left is for the tests to tell, and not for the second start to stumble over.
    await first.terminate('postern').catch(() => undefined)
    await first.leftovers()

    const second = npmStart(copy, env)
    running.push(second)
    await second.shows(UP)
    const sameUser = createUser(second, ports)
    seen.verifiedAfterRestart = await sameUser.read(login.id)
    seen.openAfterRestart = await sameUser.read(open.id)
    await second.terminate('postern')
    seen.exit = await second.ended
    seen.leftBySecond = await second.leftovers()
    seen.portsAfterSecond = await stillOccupied(ports)
  }, 150_000)

  afterAll(async () => {
    for (const started of running) {
      await started.terminate('postern').catch(() => undefined)
      await started.leftovers()
    }
    await copy?.remove()
  })

  test('one command is enough for a login to be verified by the code in the sandbox’s inbox', () => {
    expect(seen.verdict).toMatchObject({ status: 'verified' })
  })

  test('the Temporal UI is told where to have payloads decoded, and its pages may ask there', () => {
    const { sealed, shown } = seen.inTheUi as Awaited<ReturnType<typeof loginIdsInTheUi>>
    const ids = (seen.ids as readonly string[]).map((id) => JSON.stringify(id))
    expect(shown).toEqual(ids)
    for (const id of ids) expect(sealed.join('\n')).not.toContain(id)
  })

  test('a SIGTERM to npm leaves no process behind', () => {
    expect(seen.leftByFirst).toEqual([])
  })

  test('a SIGTERM to npm leaves every port free', () => {
    expect(seen.portsAfterFirst).toEqual([])
  })

  test('a verified login is still verified after a restart, with the same key', () => {
    expect(seen.verifiedAfterRestart).toEqual(seen.verdict)
  })

  test('an open login still waits for its code after a restart', () => {
    expect(seen.openAfterRestart).toMatchObject({ status: 'waiting_for_code', attemptsLeft: 5 })
  })

  test('a SIGTERM to Postern ends it, and npm, with status 0', () => {
    expect(seen.exit).toEqual({ code: 0, signal: null })
  })

  test('a SIGTERM to Postern leaves no process behind, and every port free', () => {
    expect([seen.leftBySecond, seen.portsAfterSecond]).toEqual([[], []])
  })
})

describe('with every port occupied', { timeout: 30_000 }, () => {
  let output = ''
  let exit: unknown
  let ports: Ports | undefined

  beforeAll(async () => {
    const copy = await makeWorkingCopy()
    ports = await choosePorts()
    const rivals = await Promise.all(
      Object.values(ports).map(async (port) => {
        const server = createServer()
        await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
        return server
      }),
    )
    const started = npmStart(copy, asEnvironment(ports))
    exit = await started.ended
    output = started.output()
    for (const rival of rivals) rival.close()
    await copy.remove()
  }, 30_000)

  test('it ends with status 1, and starts nothing', () => {
    expect(exit).toEqual({ code: 1, signal: null })
    expect(output).not.toContain('ready')
  })

  test.each(settings)('it says that %s chooses another port', (setting) => {
    const line = output.split('\n').find((text) => text.includes(`Port ${ports?.[setting] ?? 0},`))
    expect(line).toMatch(new RegExp(`^postern: .* is occupied: .*\\b${setting}=… chooses another`))
  })
})
