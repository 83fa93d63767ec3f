import { expect, test } from 'vitest'
import { openJourney, untilResendable } from '../../support/http.ts'
import { aPhone, type House } from '../../support/house.ts'
import type { Phone } from '../../../domain/phone.ts'

const textsTo = ({ sandbox }: House, phone: Phone) => sandbox.messages(phone.e164).map(({ text }) => text)

test('BIND-11: the last line of an SMS binds its code to the app’s domain, and a call has no such line', async () => {
  const { house, api } = await openJourney({}, { settings: { domain: 'login.acme.example' } })
  const phone = aPhone()
  const login = await api.login(phone)
  const code = house.codeFor(phone)
  expect(textsTo(house, phone)).toEqual([
    `Acme: Your verification code is ${code}\n\n@login.acme.example #${code}`,
  ])
  await untilResendable(login)
  await api.resend(login.id, { channel: 'call' })
  expect(textsTo(house, phone)[0]).not.toContain('acme.example')
})

test('BIND-11: without a domain the text is the provider’s own, whatever Host and Origin say', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  await api.login(phone, { origin: 'https://evil.example', host: 'evil.example' })
  expect(textsTo(house, phone)).toEqual([`Acme: Your verification code is ${house.codeFor(phone)}`])
  expect(house.sends()[0]?.body).not.toHaveProperty('template')
})
