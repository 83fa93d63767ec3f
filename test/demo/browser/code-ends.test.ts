/** The page that asks for the code, when it takes none any more. */
import { expect, test } from 'vitest'
import { openDemo } from '../../support/demo.ts'
import { expectAccessible, keepScreenshot } from './browser.ts'
import { button, codeField, enterCode, heading, openAccountWithPhone, openCodePage } from './people.ts'
import { newestLogin, said, signIn } from './people.ts'

test('ATT-4: after five wrong codes nothing can be entered, and no new code is sent at once', async () => {
  const demo = await openDemo()
  const { page, phone } = await openCodePage(demo, { colorScheme: 'dark' })
  await said(page, 'The code is on its way.').waitFor()
  for (const left of [4, 3, 2, 1]) {
    await enterCode(page, demo.house.wrongCodeFor(phone, left))
    await page.getByText(`You have ${left} ${left === 1 ? 'try' : 'tries'} left.`).waitFor()
  }
  await enterCode(page, demo.house.wrongCodeFor(phone, 5))
  await heading(page, 'Too many wrong codes').and(page.locator(':focus')).waitFor()
  expect(await codeField(page).isVisible()).toBe(false)
  await expectAccessible(page)
  await button(page, 'Send a new code').click()
  await page.getByRole('alert').getByText('No code can be sent to this number now.').waitFor()
  await expectAccessible(page)
  expect(demo.house.sends()).toHaveLength(1)
})

test('EXP-7: an expired code is said to be so as soon as it is, and a new one can be had', async () => {
  const demo = await openDemo({ codeValiditySeconds: 6 })
  const { page, phone, name } = await openCodePage(demo)
  await page.getByText(/The code is good for 0:0\d/).waitFor()
  const old = demo.codeFor(phone.e164)
  await heading(page, 'The code has expired').and(page.locator(':focus')).waitFor()
  await expectAccessible(page)
  await demo.untilSendable(phone.e164)
  await button(page, 'Send a new code').click()
  await heading(page, 'Enter the code').waitFor()
  await said(page, 'The code is on its way.').waitFor()
  expect(demo.codeFor(phone.e164)).not.toBe(old)
  await enterCode(page, demo.codeFor(phone.e164))
  await heading(page, `Hello, ${name}`).waitFor()
})

test('BIND-2: a sign-in in a second tab takes over, which the first tells at once', async () => {
  const demo = await openDemo()
  const { page: first, context, phone, name } = await openAccountWithPhone(demo)
  await signIn(first, name)
  await said(first, 'The code is on its way.').waitFor()
  const old = demo.codeFor(phone.e164)
  await demo.untilSendable(phone.e164)
  const second = await context.newPage()
  await signIn(second, name)
  await heading(first, 'A newer sign-in took over').and(first.locator(':focus')).waitFor()
  await expectAccessible(first)
  await keepScreenshot(first, 'demo-superseded')
  await said(second, 'The code is on its way.').waitFor()
  expect(demo.codeFor(phone.e164)).not.toBe(old)
  await enterCode(second, demo.codeFor(phone.e164))
  await heading(second, `Hello, ${name}`).waitFor()
})

test('a sign-in that is ended elsewhere takes no more codes, and the way back leads to the sign-in', async () => {
  const demo = await openDemo()
  const { page, phone, name } = await openAccountWithPhone(demo)
  await signIn(page, name)
  await said(page, 'The code is on its way.').waitFor()
  await demo.api.cancel((await newestLogin(demo, phone)).id)
  await heading(page, 'This sign-in was canceled').waitFor()
  await expectAccessible(page)
  await button(page, 'Back to sign-in').click()
  await heading(page, 'Sign in').waitFor()
})

test('BIND-9: a code that is entered elsewhere lets nobody in here', async () => {
  const demo = await openDemo()
  const { page, phone, name } = await openAccountWithPhone(demo)
  await signIn(page, name)
  await said(page, 'The code is on its way.').waitFor()
  const { id } = await newestLogin(demo, phone)
  await demo.api.submit(id, demo.house.wrongCodeFor(phone))
  await said(page, 'A wrong code was entered elsewhere. You have 4 tries left.').waitFor()
  await demo.api.submit(id, demo.codeFor(phone.e164))
  await heading(page, 'The code was entered elsewhere').waitFor()
  await page.goto('/account')
  await heading(page, 'Sign in').waitFor()
})
