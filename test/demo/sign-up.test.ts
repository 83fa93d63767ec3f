import { describe, expect, test } from 'vitest'
import { openDemo, password } from '../support/demo.ts'

test('an account is made, and whoever made it is signed in', async () => {
  const demo = await openDemo()
  const ann = demo.visitor()
  const made = await ann.post('/sign-up', { name: ' Ann.B_2-c ', password })
  expect(made).toMatchObject({ status: 303, location: '/account' })
  expect((await ann.get('/account')).text).toContain('Hello, ann.b_2-c')
  expect((await demo.visitor().post('/sign-in', { name: 'ANN.b_2-C', password })).location).toBe('/account')
})

test('a password is kept as an Argon2id hash of OWASP’s cost', async () => {
  const demo = await openDemo()
  const { name } = await demo.user()
  expect(demo.store.accounts.byName(name)?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

describe('a user name', () => {
  test.each(['ab', 'a'.repeat(31), 'ann b', 'ännchen', '<b>ann</b>', 'ann@example', ''])(
    '%j is refused at its field, and the password is not written back',
    async (name) => {
      const demo = await openDemo()
      const { status, text } = await demo.visitor().post('/sign-up', { name, password })
      expect(status).toBe(422)
      expect(text).toMatch(/id="name"[^>]*aria-invalid="true" aria-describedby="name-error name-help"/)
      expect(text).toContain('<p class="error" id="name-error">Use 3 to 30 letters')
      expect(text).not.toContain(password)
      expect(text).not.toContain('<b>ann')
    },
  )

  test('that is taken is told, in whatever letters', async () => {
    const demo = await openDemo()
    await demo.user('ann')
    const { status, text } = await demo
      .visitor()
      .post('/sign-up', { name: 'ANN', password: 'another password' })
    expect(status).toBe(422)
    expect(text).toContain('This user name is taken. Choose another.')
    expect((await demo.visitor().post('/sign-in', { name: 'ann', password })).location).toBe('/account')
  })

  test('that two take at once is one account', async () => {
    const demo = await openDemo()
    const take = () => demo.visitor().post('/sign-up', { name: 'ann', password })
    const statuses = (await Promise.all([take(), take()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([303, 422])
  })
})

describe('a password', () => {
  test.each([
    ['11 characters', 'x'.repeat(11), 'Use at least 12 characters.'],
    ['11 characters of two units each', '🙂'.repeat(11), 'Use at least 12 characters.'],
    ['129 characters', 'x'.repeat(129), 'Use at most 128 characters.'],
    ['none', '', 'Use at least 12 characters.'],
  ])('of %s is refused at its field', async (_, given, sentence) => {
    const demo = await openDemo()
    const { status, text } = await demo.visitor().post('/sign-up', { name: 'ann', password: given })
    expect(status).toBe(422)
    expect(text).toMatch(/id="password"[^>]*aria-describedby="password-error password-help"/)
    expect(text).toContain(sentence)
  })

  test.each([
    ['of 12 spaces', ' '.repeat(12)],
    ['of 128 characters of two units each', '🙂'.repeat(128)],
    ['of one letter', 'x'.repeat(12)],
  ])('%s is taken, and lets in', async (_, given) => {
    const demo = await openDemo()
    expect((await demo.visitor().post('/sign-up', { name: 'ann', password: given })).status).toBe(303)
    expect((await demo.visitor().post('/sign-in', { name: 'ann', password: given })).status).toBe(303)
  })

  test('is the same in both ways to write an accent', async () => {
    const demo = await openDemo()
    await demo.visitor().post('/sign-up', { name: 'ann', password: 'caf\u00e9 au lait, deux' })
    const other = 'cafe\u0301 au lait, deux'
    expect((await demo.visitor().post('/sign-in', { name: 'ann', password: other })).status).toBe(303)
  })
})

test('from one address, names cannot be tried without end', async () => {
  const demo = await openDemo()
  await demo.user('ann')
  const ask = () => demo.visitor().post('/sign-up', { name: 'ann', password })
  for (let asked = 1; asked < 30; asked++) expect((await ask()).status).toBe(422)
  const refused = await ask()
  expect(refused.status).toBe(429)
  expect(refused.alert()).toMatch(
    /^Too many accounts were asked for from your network\. Try again in \d+ minutes\.$/,
  )
  expect(refused.text).not.toContain('taken')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
})
