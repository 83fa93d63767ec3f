/** What people do on the pages, by what they see and hear there. */
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { parsePhone, type Phone } from '../../../domain/phone.ts'
import { password, webhookSecret, type OpenDemo } from '../../support/demo.ts'
import { aPhone } from '../../support/house.ts'
import { openBrowser, type BrowserOptions } from './browser.ts'

export const aName = () => `user-${randomBytes(4).toString('hex')}`

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
export const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
export const codeField = (page: Page) => page.getByLabel('Code', { exact: true })
export const said = (page: Page, text: string) => page.getByRole('status').getByText(text)

/** As Singapore writes it, without its calling code. */
export const nationally = ({ e164 }: Phone) => e164.slice(3)

export async function signUp(page: Page, name: string): Promise<void> {
  await page.goto('/sign-up')
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Create the account').click()
  await heading(page, `Hello, ${name}`).waitFor()
}

/** Ends on the page that asks for the code, when there is one for this account. */
export async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Sign in').click()
}

export async function enterCode(page: Page, code: string): Promise<void> {
  await codeField(page).fill(code)
  await button(page, 'Continue').click()
}

/**
 * Somebody with a new account who has given this number, in front of the page that asks for its code. What leads there
 * is sent without a browser, which is quicker; that it leads there in one is what the journey shows.
 */
export async function openCodePage(demo: OpenDemo, options?: BrowserOptions, phone = aPhone()) {
  const { name, post, cookies } = await demo.user()
  const { location } = await post('/two-factor', { country: 'SG', phone: phone.e164 })
  expect(location).toBe('/code')
  const { page, context } = await openBrowser(demo.url, options)
  await context.addCookies([...cookies].map(([cookie, value]) => ({ name: cookie, value, url: demo.url })))
  await page.goto('/code')
  await heading(page, 'Enter the code').waitFor()
  return { page, context, phone, name }
}

/** Somebody whose account has two-factor login, who is signed out, and whose number may be sent to again. */
export async function openAccountWithPhone(demo: OpenDemo, options?: BrowserOptions) {
  const phone = aPhone()
  const { name } = await demo.userWith(phone.e164)
  await demo.untilSendable(phone.e164)
  return { ...(await openBrowser(demo.url, options)), phone, name }
}

/** What Postern tells the product of a user's sign-in, signed as Postern does. */
export async function deliverWebhook(
  demo: OpenDemo,
  name: string,
  phone: Phone,
  type: string,
): Promise<void> {
  const userId = demo.store.accounts.byName(name)?.id
  const timestamp = new Date()
  const body = JSON.stringify({
    type,
    timestamp: timestamp.toISOString(),
    data: { userId, phone: phone.masked, purpose: 'enrolment', channel: 'sms' },
  })
  const id = `msg_${randomBytes(8).toString('hex')}`
  const answer = await fetch(`${demo.url}/webhooks/postern`, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
      'webhook-signature': new Webhook(webhookSecret).sign(id, timestamp, body),
    },
  })
  expect(answer.status).toBe(204)
}

/** The newest login of the number, as the app has it from Postern. */
export async function newestLogin(demo: OpenDemo, { e164 }: Phone) {
  const { body } = await demo.api.list(`phone=${encodeURIComponent(e164)}`)
  const [newest] = body.logins as { readonly id: string }[]
  if (newest === undefined) throw new Error('the number has no login')
  return newest
}

/** One of the sandbox's numbers that misbehave. */
export function numberOf(e164: string): Phone {
  const parsed = parsePhone(e164)
  if (parsed.outcome !== 'phone') throw new Error(`${e164} is no number`)
  return parsed.phone
}
