import { hash, verify } from '@node-rs/argon2'
import { describe, expect, test } from 'vitest'
import { createPasswords } from '../../demo/passwords.ts'
import { openDemo, password, type Page } from '../support/demo.ts'
import { aPhone } from '../support/house.ts'
import { magicNumbers } from '../../sandbox/magic-numbers.ts'

const WRONG = 'The user name or the password is wrong.'

/** All that a visitor can see of an answer, but for what is new in each. */
function seen({ status, headers, text }: Page, name: string) {
  const { date: _date, 'content-security-policy': policy = '', ...rest } = Object.fromEntries(headers)
  return {
    status,
    headers: { ...rest, policy: policy.replace(/'nonce-[^']+'/, '') },
    text: text.replace(/name="attempt" value="[^"]+"/, '').replaceAll(`value="${name}"`, ''),
  }
}

describe('ENUM: an unknown user name and a wrong password', () => {
  test('are answered alike, in every header and letter', async () => {
    const demo = await openDemo()
    await demo.user('known')
    const answers = []
    for (const name of ['known', 'never']) {
      answers.push(seen(await demo.visitor().post('/sign-in', { name, password: 'wrong, this is' }), name))
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({ status: 422, text: expect.stringContaining(WRONG) as unknown })
  })

  test('are answered alike for an account with two-factor login too, and send nothing', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    await demo.userWith(phone.e164, 'known')
    const answers = []
    for (const name of ['known', 'never']) {
      answers.push(seen(await demo.visitor().post('/sign-in', { name, password: 'wrong, this is' }), name))
    }
    expect(answers[0]).toEqual(answers[1])
    expect(demo.inbox(phone.e164)).toHaveLength(1)
  })

  test('cost the same work: one hash is checked', async () => {
    const checked: string[] = []
    const counted = {
      hash,
      verify: (...given: Parameters<typeof verify>) => {
        checked.push(String(given[0]).split('$').slice(1, 4).join('$'))
        return verify(...given)
      },
    }
    const demo = await openDemo({ deps: { passwords: createPasswords(counted) } })
    await demo.user('known')
    for (const name of ['known', 'never', '']) {
      await demo.visitor().post('/sign-in', { name, password: 'wrong, this is' })
    }
    expect(checked).toEqual(Array(3).fill('argon2id$v=19$m=19456,t=2,p=1'))
  })

  test('are limited alike', async () => {
    const demo = await openDemo()
    await demo.user('known')
    const answers = []
    for (const name of ['known', 'never']) {
      for (let tries = 1; tries <= 5; tries++) {
        const { status } = await demo.visitor().post('/sign-in', { name, password: 'wrong, this is' })
        expect(status).toBe(422)
      }
      answers.push(await demo.visitor().post('/sign-in', { name, password: 'wrong, this is' }))
    }
    const sentences = answers.map((answer) => answer.alert().replace(/\d+/, 'N'))
    expect(sentences).toEqual(Array(2).fill('There were too many tries. Try again in N minutes.'))
    expect(answers.map(({ status }) => status)).toEqual([429, 429])
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual([
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
    ])
  })
})

test('a password that is right as far as it is kept, and then goes on, is wrong', async () => {
  const demo = await openDemo()
  const longest = '🙂'.repeat(128)
  await demo.visitor().post('/sign-up', { name: 'ann', password: longest })
  expect((await demo.visitor().post('/sign-in', { name: 'ann', password: `${longest}x` })).status).toBe(422)
})

test('the password alone opens nothing, though it was right before two-factor login was turned on', async () => {
  const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<undefined>()
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<undefined>()
  const passwords = createPasswords()
  const slow: typeof passwords.verify = async (...given) => {
    asked(undefined)
    await mayAnswer
    return passwords.verify(...given)
  }
  const demo = await openDemo({ deps: { passwords: { ...passwords, verify: slow } } })
  const phone = aPhone()
  const ann = await demo.user()
  const thief = demo.visitor()
  const signedIn = thief.post('/sign-in', { name: ann.name, password })
  await isAsked
  await ann.post('/two-factor', { country: 'SG', phone: phone.e164 })
  await demo.enterCode(ann, phone.e164)
  answer(undefined)
  expect((await signedIn).location).not.toBe('/account')
  expect((await thief.get('/account')).location).toBe('/sign-in')
})

describe('guessing', () => {
  test('is limited before the password is looked at, so that many at once are no way around', async () => {
    const demo = await openDemo()
    await demo.user('ann')
    const guess = () => demo.visitor().post('/sign-in', { name: 'ann', password: 'wrong, this is' })
    const statuses = (await Promise.all(Array.from({ length: 12 }, guess))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 422)).toHaveLength(5)
    expect((await demo.visitor().post('/sign-in', { name: 'ANN', password })).status).toBe(429)
  })

  test('locks out the name that was guessed at, not another', async () => {
    const demo = await openDemo()
    await demo.user('ann')
    await demo.user('ben')
    for (let tries = 1; tries <= 6; tries++) {
      await demo.visitor().post('/sign-in', { name: 'ann', password: 'wrong, this is' })
    }
    expect((await demo.visitor().post('/sign-in', { name: 'ben', password })).status).toBe(303)
  })

  test('begins anew with a right password, however often one signs in', async () => {
    const demo = await openDemo()
    await demo.user('ann')
    for (let round = 1; round <= 3; round++) {
      for (let tries = 1; tries <= 4; tries++) {
        await demo.visitor().post('/sign-in', { name: 'ann', password: 'wrong, this is' })
      }
      expect((await demo.visitor().post('/sign-in', { name: 'ann', password })).status).toBe(303)
    }
  })

  test('over many names is limited by address', async () => {
    const demo = await openDemo()
    const statuses = new Set<number>()
    for (let tries = 1; tries <= 51; tries++) {
      statuses.add((await demo.visitor().post('/sign-in', { name: `u${tries}`, password: 'wrong' })).status)
    }
    expect([...statuses]).toEqual([422, 429])
  })
})

describe('with two-factor login', () => {
  test('the password alone opens nothing, and the code then does', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const ann = demo.visitor()
    expect(await ann.post('/sign-in', { name, password })).toMatchObject({ status: 303, location: '/code' })
    expect((await ann.get('/account')).location).toBe('/sign-in')
    expect((await ann.get('/two-factor')).location).toBe('/sign-in')
    await demo.enterCode(ann, phone.e164)
    expect((await ann.get('/account')).text).toContain(`Hello, ${name}`)
  })

  test('a form that is sent twice is one message, and the page that stays takes its code', async () => {
    const demo = await openDemo()
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    await demo.untilSendable(phone.e164)
    const ann = demo.visitor()
    const attempt = (await ann.get('/sign-in')).attempt()
    const tabs = [ann, ann.copy()]
    const sent = await Promise.all(tabs.map((tab) => tab.post('/sign-in', { name, password, attempt })))
    expect(sent.map(({ location }) => location)).toEqual(['/code', '/code'])
    expect(demo.inbox(phone.e164)).toHaveLength(2)
    expect(demo.house.sends()).toHaveLength(2)
    const pages = await Promise.all(tabs.map((tab) => tab.get('/code')))
    expect(new Set(pages.map((page) => page.login().loginId)).size).toBe(1)
    for (const tab of tabs.slice(1)) await demo.enterCode(tab, phone.e164)
  })

  test('another attempt right after is told when it may be', async () => {
    const demo = await openDemo({ resendIntervalSeconds: 30 })
    const phone = aPhone()
    const { name } = await demo.userWith(phone.e164)
    const refused = await demo.visitor().post('/sign-in', { name, password })
    expect(refused.status).toBe(429)
    expect(refused.alert()).toMatch(/^A code was sent a moment ago\. Try again in \d+ seconds\.$/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.headers.getSetCookie()).toEqual([])
  })

  test('a Postern that cannot be reached is told as that', async () => {
    const demo = await openDemo()
    const { name } = await demo.userWith(aPhone().e164)
    demo.store.accounts.update(demo.store.accounts.byName(name)?.id ?? '', {
      phone: { e164: magicNumbers.hang.phone, masked: '+••' },
    })
    const refused = await demo.visitor().post('/sign-in', { name, password })
    expect(refused).toMatchObject({ status: 503 })
    expect(refused.alert()).toBe('Amazing Product cannot send codes now. Try again in a moment.')
    expect(demo.log).toEqual(['Postern started no login: provider-unavailable'])
  })
})
