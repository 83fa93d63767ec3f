/** Row 15: a database that is there, and fails many a call. */
import { expect, test } from 'vitest'
import { injected, observed } from '../support/injected.ts'
import { gatherCrowd, signIn } from './people.ts'
import { useStack } from './use-stack.ts'

const PEOPLE = 6
const LOGINS = 60
/** In each of five ways: one call in twenty in all. */
const SHARE = 0.01

const stack = useStack()

test('row 15: while one call to the database in twenty fails every login ends, and nothing is sent twice or verified falsely', async ({
  task,
}) => {
  const { temporal } = stack()
  const { roles } = temporal
  const restart = async (env: NodeJS.ProcessEnv) => {
    await Promise.all(roles.map((role) => role.end('SIGTERM')))
    await Promise.all(roles.map((role) => role.start(env)))
  }
  const faulty = await temporal.withDatabaseFaults(SHARE)
  const since = Date.now()
  await restart(faulty)
  injected(task, 'one database call in twenty fails')
  const crowd = gatherCrowd(stack(), PEOPLE, () => ({ mistypes: 1 }))
  await expect.poll(() => crowd.endings.length, { timeout: 300_000 }).toBeGreaterThanOrEqual(LOGINS)
  observed(task, ...(await crowd.goHome()))
  const told = roles.flatMap((role) => role.lastLines()).filter((line) => line.includes('fault injection'))
  expect(told).not.toEqual([])

  await restart({})
  await expect.poll(() => signIn(stack(), { patienceSeconds: 20 }), { timeout: 120_000 }).toBe('verified')
  expect(stack().fallen()).toEqual([])
  expect(await stack().violations({ outageMs: Date.now() - since, isOver: false })).toEqual([])
})
