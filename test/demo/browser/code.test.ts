/** The page that asks for the code: what it says and does when things go otherwise than planned. */
import { expect, test } from 'vitest'
import { magicNumbers } from '../../../sandbox/magic-numbers.ts'
import { openDemo } from '../../support/demo.ts'
import { sendReceipt } from '../../support/receipts.ts'
import { expectAccessible, keepScreenshot } from './browser.ts'
import { button, codeField, enterCode, heading, newestLogin, numberOf, openCodePage, said } from './people.ts'

test('a wrong code is said at the field, with the tries that are left, and the right one is taken after it', async () => {
  const demo = await openDemo()
  const { page, phone, name } = await openCodePage(demo)
  await said(page, 'The code is on its way.').waitFor()
  await enterCode(page, demo.house.wrongCodeFor(phone))
  await page.getByText('That code is wrong. You have 4 tries left.').waitFor()
  await codeField(page).and(page.locator(':focus')).waitFor()
  expect(await codeField(page).getAttribute('aria-invalid')).toBe('true')
  await expectAccessible(page)
  await keepScreenshot(page, 'demo-code-wrong')
  // What is typed takes the place of the wrong code.
  await page.keyboard.type(demo.codeFor(phone.e164))
  await page.keyboard.press('Enter')
  await heading(page, `Hello, ${name}`).waitFor()
})

test('the code is sent again, then told by a call, and after that no more', async () => {
  const demo = await openDemo({ resendIntervalSeconds: 3 })
  const { page, phone, name } = await openCodePage(demo)
  await button(page, 'Send the code again').click()
  await said(page, 'The code is on its way again.').waitFor()
  await codeField(page).and(page.locator(':focus')).waitFor()
  // Not before the interval is over, which the page counts down.
  await page.getByText('You can have it sent again in').waitFor()
  expect(await button(page, 'Call me instead').isEnabled()).toBe(false)
  await button(page, 'Call me instead').click()
  await said(page, 'We are calling you now.').waitFor()
  await page.getByText('in a call').waitFor()
  await page.getByText('It cannot be sent again. The newest one is good.').waitFor()
  expect(demo.inbox(phone.e164).map(({ channel }) => channel)).toEqual(['call', 'sms', 'sms'])
  await enterCode(page, demo.codeFor(phone.e164))
  await heading(page, `Hello, ${name}`).waitFor()
})

test('a pasted code with a space or a dash in it goes off by itself', async () => {
  const demo = await openDemo()
  const { page, context, phone, name } = await openCodePage(demo)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const paste = async (text: string) => {
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
    await codeField(page).focus()
    await page.keyboard.press('Control+V')
  }
  await said(page, 'The code is on its way.').waitFor()
  const wrong = demo.house.wrongCodeFor(phone)
  await paste(`${wrong.slice(0, 3)}-${wrong.slice(3)}`)
  await page.getByText('You have 4 tries left.').waitFor()
  const right = demo.codeFor(phone.e164)
  await paste(` ${right.slice(0, 3)} ${right.slice(3)}\n`)
  await heading(page, `Hello, ${name}`).waitFor()
})

test('what becomes of the message is told as it happens, and to who opens the page later', async () => {
  const demo = await openDemo()
  const { page, phone } = await openCodePage(demo)
  const { id: loginId } = await newestLogin(demo, phone)
  await sendReceipt(demo.house, phone, { loginId, state: 'undelivered' })
  await said(page, 'The message could not be delivered. Choose “Call me instead”.').waitFor()
  await page.reload()
  await said(page, 'The message could not be delivered. Choose “Call me instead”.').waitFor()
  await sendReceipt(demo.house, phone, { loginId, state: 'delivered' })
  await said(page, 'The message has arrived.').waitFor()
})

test('a check without a verdict is not called a wrong code, and the code may be entered again', async () => {
  const demo = await openDemo()
  const { page, name, phone } = await openCodePage(
    demo,
    {},
    numberOf(magicNumbers.checkServerErrorAfterJudging.phone),
  )
  await said(page, 'The code is on its way.').waitFor()
  await enterCode(page, demo.house.wrongCodeFor(phone))
  await page.getByText('Your code may not have been checked. Enter it again.').waitFor()
  await enterCode(page, demo.codeFor(phone.e164))
  await heading(page, `Hello, ${name}`).waitFor()
})

test('a right code whose answer is lost on the way is checked once, and lets its user in at the next try', async () => {
  const demo = await openDemo()
  const { page, phone, name } = await openCodePage(demo, { tolerates: /net::ERR_FAILED/ })
  await said(page, 'The code is on its way.').waitFor()
  // The client itself tries three times.
  let lost = 0
  await page.route('**/v1/logins/*/code', async (route) => {
    if (route.request().method() !== 'POST' || lost === 3) return route.continue()
    lost += 1
    await route.fetch()
    await route.abort()
  })
  await enterCode(page, demo.codeFor(phone.e164))
  await page.getByText('There was no answer. Try again.').waitFor()
  await button(page, 'Continue').click()
  await heading(page, `Hello, ${name}`).waitFor()
  expect(demo.house.checks()).toHaveLength(1)
})

test('events that are missed while the connection is broken are told when it is back', async () => {
  const demo = await openDemo()
  const { page, context, phone } = await openCodePage(demo, { tolerates: /net::ERR_FAILED/ })
  await said(page, 'The code is on its way.').waitFor()
  let isBroken = true
  await context.route('**/v1/logins/*/events', (route) => (isBroken ? route.abort() : route.continue()))
  await page.reload()
  const { id } = await newestLogin(demo, phone)
  await demo.api.submit(id, demo.house.wrongCodeFor(phone))
  await heading(page, 'Enter the code').waitFor()
  isBroken = false
  await said(page, 'You have 4 tries left.').waitFor()
})

test('a browser whose clock is an hour ahead counts down all the same', async () => {
  const demo = await openDemo()
  const ahead = 'const { now } = Date; Date.now = () => now() + 3_600_000'
  const { page } = await openCodePage(demo, { has: ahead })
  await page.getByText(/The code is good for [45]:[0-5]\d\./).waitFor()
})

/** As a phone's browser has it; `deliver` is the message that arrives. */
const webOtp = `
  window.OTPCredential = class {}
  // The blank page before the first has none.
  if (navigator.credentials) navigator.credentials.get = ({ otp, signal }) => new Promise((resolve, reject) => {
    if (otp.transport[0] !== 'sms') reject(new TypeError())
    signal.addEventListener('abort', () => { window.listensFor = undefined; reject(signal.reason) })
    window.listensFor = otp.transport[0]
    window.deliver = (code) => resolve({ code })
  })
`

test('BIND-11: the message is bound to the domain, and WebOTP’s code goes off by itself', async () => {
  const demo = await openDemo({ settings: { domain: 'amazing.example' } })
  const { page, phone, name } = await openCodePage(demo, { has: webOtp })
  await said(page, 'The code is on its way.').waitFor()
  const [message] = demo.inbox(phone.e164)
  const [, code = ''] = /\n@amazing\.example #(\d{6})$/.exec(message?.text ?? '') ?? []
  expect(code).toBe(demo.codeFor(phone.e164))
  await page.evaluate(`deliver(${JSON.stringify(code)})`)
  await heading(page, `Hello, ${name}`).waitFor()
})

test('WebOTP no longer listens once a code was entered by hand', async () => {
  const demo = await openDemo()
  const { page, phone } = await openCodePage(demo, { has: webOtp })
  await said(page, 'The code is on its way.').waitFor()
  expect(await page.evaluate('listensFor')).toBe('sms')
  await enterCode(page, demo.house.wrongCodeFor(phone))
  await page.getByText('You have 4 tries left.').waitFor()
  expect(await page.evaluate('listensFor')).toBe(undefined)
})
