/** Row 44: the store of the limits is away, hangs, is full, and forgets. */
import { expect, test } from 'vitest'
import { injected } from '../support/injected.ts'
import { signIn } from './people.ts'
import { useStack } from './use-stack.ts'

const stack = useStack()

const PEOPLE = 10

/** What can be done to it; each returns what mends it. */
const troubles = {
  'is away': async () => {
    await stack().store.end('SIGKILL')
    return () => stack().store.start()
  },
  'hangs for 5 s': () => {
    stack().store.hold()
    const since = Date.now()
    return Promise.resolve(async () => {
      await expect.poll(() => Date.now() > since + 5000).toBe(true)
      stack().store.resume()
    })
  },
  'is full': async () => {
    await stack().store.setFull(true)
    return () => stack().store.setFull(false)
  },
}

test.for(Object.entries(troubles))(
  'row 44: while the store %s starts are 503 and send nothing, and codes that are out are good',
  async ([trouble, begin], { task }) => {
    const open = await Promise.all(
      Array.from({ length: PEOPLE }, async () => {
        const phone = stack().newPhone()
        // The answer has a phone too, masked.
        return { ...(await stack().post('/v1/logins', { phone })), phone }
      }),
    )
    expect(open.map(({ httpStatus }) => httpStatus)).toEqual(open.map(() => 201))
    const phones = Array.from({ length: PEOPLE }, stack().newPhone)
    const before = stack().sends().length

    const mend = await begin()
    injected(task, `store ${trouble}`)
    const refused = await Promise.all(phones.map((phone) => stack().post('/v1/logins', { phone })))
    for (const answer of refused) {
      expect(answer).toMatchObject({ httpStatus: 503, code: 'service-unavailable' })
      expect(Number(answer.retryAfter)).toBeGreaterThan(0)
    }
    const verdicts = await Promise.all(
      open.map(({ id, phone }) =>
        stack().post(`/v1/logins/${id ?? ''}/code`, { code: stack().codeFor(phone) }),
      ),
    )
    expect(verdicts.map(({ status }) => status)).toEqual(open.map(() => 'verified'))
    expect(stack().sends()).toHaveLength(before)
    expect(await Promise.all(phones.map((phone) => stack().hasRun(phone)))).toEqual(phones.map(() => false))

    await mend()
    await expect.poll(() => signIn(stack(), { patienceSeconds: 20 }), { timeout: 60_000 }).toBe('verified')
    expect(stack().fallen()).toEqual([])
    expect(await stack().violations()).toEqual([])
  },
)

test('row 44: a store that has lost its counts lets no number have more than the number’s own budget', async ({
  task,
}) => {
  const phones = Array.from({ length: PEOPLE }, stack().newPhone)
  const start = async (phone: string) => (await stack().post('/v1/logins', { phone })).httpStatus
  expect(await Promise.all(phones.map(start))).toEqual(phones.map(() => 201))
  await stack().store.end('SIGKILL')
  await stack().store.start()
  injected(task, 'store lost all it had')
  await expect.poll(() => signIn(stack(), { patienceSeconds: 20 }), { timeout: 60_000 }).toBe('verified')
  const again = await Promise.all(phones.map(start))
  expect(new Set(again)).toEqual(new Set([429]))
  expect(phones.map((phone) => stack().sends(phone).length)).toEqual(phones.map(() => 1))
  expect(stack().fallen()).toEqual([])
  expect(await stack().violations()).toEqual([])
})
