/** The whole way, as people go it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { magicNumbers } from '../../../sandbox/magic-numbers.ts'
import { openDemo, password } from '../../support/demo.ts'
import { aPhone } from '../../support/house.ts'
import {
  expectAccessible,
  expectNoSidewaysScrolling,
  expectTouchable,
  keepScreenshot,
  narrow,
  openBrowser,
} from './browser.ts'
import { aName, button, codeField, enterCode, heading, nationally, said } from './people.ts'
import { deliverWebhook, numberOf, openCodePage, signIn, signUp } from './people.ts'

test('an account is made, its second factor switched on, and the next sign-in takes password and code', async () => {
  const demo = await openDemo({
    withPhone: true,
    settings: { brand: 'Amazing Product' },
    house: { sandbox: { frameAncestors: ['http://127.0.0.1:*'] } },
  })
  const { page, context } = await openBrowser(demo.url)
  const [name, phone] = ['mei.lin', aPhone()]
  await page.goto('/')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill(password)
  await expectAccessible(page)
  await button(page, 'Create the account').click()

  await heading(page, `Hello, ${name}`).waitFor()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Turn on two-factor login' }).click()
  await page.getByLabel('Country').selectOption({ label: 'Singapore (+65)' })
  await page.getByLabel('Mobile number').fill(nationally(phone))
  await expectAccessible(page)
  await keepScreenshot(page, 'demo-two-factor')
  await button(page, 'Send the code').click()

  await said(page, 'The code is on its way.').waitFor()
  const onThePhone = page.frameLocator('iframe[title="Messages on the phone"]')
  await onThePhone.getByText(demo.codeFor(phone.e164), { exact: true }).waitFor()
  await expectAccessible(page)
  await enterCode(page, demo.codeFor(phone.e164))
  await page.getByText('On. Codes go to').waitFor()
  await expectAccessible(page)
  await button(page, 'Sign out').click()
  await heading(page, 'Welcome to Amazing Product').waitFor()

  await demo.untilSendable(phone.e164)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill(password)
  await expectAccessible(page)
  await keepScreenshot(page, 'demo-sign-in')
  await button(page, 'Sign in').click()
  await said(page, 'The code is on its way.').waitFor()
  await onThePhone.getByText(demo.codeFor(phone.e164), { exact: true }).waitFor()
  await keepScreenshot(page, 'demo-code')
  // The password alone lets nobody in.
  const tab = await context.newPage()
  await tab.goto('/account')
  await heading(tab, 'Sign in').waitFor()
  await enterCode(page, demo.codeFor(phone.e164))
  await heading(page, `Hello, ${name}`).waitFor()

  const [session] = await context.cookies()
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
  // The browser remembers it, and for days.
  expect((session?.expires ?? 0) * 1000).toBeGreaterThan(Date.now() + 13 * 24 * 60 * 60_000)
})

test('the keyboard alone is enough, on the smallest phone, in the dark and without motion', async () => {
  const demo = await openDemo()
  const { page } = await openBrowser(demo.url, {
    viewport: narrow,
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    hasTouch: true,
    isMobile: true,
  })
  const [name, phone] = ['mei.lin', aPhone()]
  const { keyboard } = page
  /** Presses Tab until what has this name has the focus. */
  const tabTo = async (role: 'button' | 'combobox' | 'link' | 'textbox', label: string) => {
    const wanted = page.getByRole(role, { name: label, exact: true }).and(page.locator(':focus'))
    for (let presses = 0; presses < 15 && (await wanted.count()) === 0; presses += 1)
      await keyboard.press('Tab')
    await wanted.waitFor({ timeout: 1000 })
  }
  const looksRight = async () => {
    await expectNoSidewaysScrolling(page)
    await expectTouchable(page)
    await expectAccessible(page)
  }

  await page.goto('/')
  await looksRight()
  await tabTo('link', 'Create an account')
  await keyboard.press('Enter')
  await heading(page, 'Create an account').waitFor()
  expect(await page.evaluate("getComputedStyle(document.querySelector('button')).transitionDuration")).toBe(
    '0s',
  )
  await tabTo('textbox', 'User name')
  await keyboard.type(name)
  await tabTo('textbox', 'Password')
  await keyboard.type('short')
  await keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  await looksRight()
  await tabTo('textbox', 'Password')
  await keyboard.type(password)
  await keyboard.press('Enter')

  await heading(page, `Hello, ${name}`).waitFor()
  await tabTo('link', 'Turn on two-factor login')
  await keyboard.press('Enter')
  await heading(page, 'Turn on two-factor login').waitFor()
  await tabTo('combobox', 'Country')
  await keyboard.type('Singap')
  await tabTo('textbox', 'Mobile number')
  await keyboard.type('12')
  await keyboard.press('Enter')
  await page.getByText('This is no phone number of that country. Check both.').waitFor()
  await looksRight()
  await tabTo('textbox', 'Mobile number')
  await keyboard.press('Control+A')
  await keyboard.type(nationally(phone))
  await keyboard.press('Enter')

  // The field has the focus already.
  await said(page, 'The code is on its way.').waitFor()
  await codeField(page).and(page.locator(':focus')).waitFor()
  await looksRight()
  await keyboard.type('12')
  await keyboard.press('Enter')
  await page.getByText('Enter the 6 digits of the code.').waitFor()
  await looksRight()
  await keyboard.type(demo.codeFor(phone.e164))
  await tabTo('button', 'Continue')
  await keyboard.press('Space')
  await page.getByText('On. Codes go to').waitFor()
  await deliverWebhook(demo, name, phone, 'login.code_sent')
  await deliverWebhook(demo, name, phone, 'login.verified')
  await page.reload()
  await page.getByText(/^A code to turn on two-factor login went out/).waitFor()
  await looksRight()
  await keepScreenshot(page, 'demo-account-dark')
  await tabTo('button', 'Sign out')
  await keyboard.press('Enter')
  await heading(page, 'Welcome to Amazing Product').waitFor()
})

test('a wrong name and a wrong password are told apart by nothing, and a way back is shown', async () => {
  const demo = await openDemo()
  const { page } = await openBrowser(demo.url, { colorScheme: 'dark' })
  const name = aName()
  await signUp(page, name)
  await button(page, 'Sign out').click()
  await heading(page, 'Welcome to Amazing Product').waitFor()
  await signIn(page, aName())
  const alert = page.getByRole('alert')
  const sentence = await alert.textContent()
  await expectAccessible(page)
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill(`${password}s`)
  await button(page, 'Sign in').click()
  await heading(page, 'Sign in').waitFor()
  expect(await alert.textContent()).toBe(sentence)
})

test('a code that is slow to go out is waited for on the page', async () => {
  // The first answer is lost, the second try has to wait, and Postern holds the answer to a start for 10 seconds.
  const demo = await openDemo({ resendIntervalSeconds: 14 })
  const { page, phone, name } = await openCodePage(demo, {}, numberOf(magicNumbers.hangAfterSending.phone))
  await said(page, 'This takes longer than usual. Still trying…').waitFor()
  await said(page, 'The code is on its way.').waitFor()
  await enterCode(page, demo.codeFor(phone.e164))
  await heading(page, `Hello, ${name}`).waitFor()
})

test('CSRF: a form on another site signs nobody out', async () => {
  const demo = await openDemo()
  // Another name for this machine is another site to a browser.
  const other = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html')
    answer.end(`<form method="post" action="${demo.url}/sign-out"><button>Win a prize</button></form>`)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { page } = await openBrowser(demo.url, { tolerates: /status of 403 / })
  const name = aName()
  await signUp(page, name)
  await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`)
  await button(page, 'Win a prize').click()
  await heading(page, 'Not accepted').waitFor()
  await page.goto('/account')
  await heading(page, `Hello, ${name}`).waitFor()
})
