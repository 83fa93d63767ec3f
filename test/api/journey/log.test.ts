/** From a request to its history and back, by the access log. */
import { expect, test } from 'vitest'
import { openJourney } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'

test('the line of a request names the login and its workflow, from the start on', async () => {
  const { house, api } = await openJourney()
  const phone = aPhone()
  const { id } = await api.login(phone)
  const named = { loginId: id, workflowId: house.workflowId(phone) }
  await api.submit(id, house.wrongCodeFor(phone, 1))
  await api.submit(id, house.codeFor(phone))
  await api.read(id)
  await expect.poll(() => api.lines).toHaveLength(5)
  expect(api.lines).toMatchObject([
    // The OpenAPI document, which the journey has read.
    { status: 200 },
    { route: '/v1/logins', status: 201, ...named },
    { route: '/v1/logins/:id/code', status: 422, ...named },
    { route: '/v1/logins/:id/code', status: 200, ...named },
    { route: '/v1/logins/:id', status: 200, ...named },
  ])
})

test('PII-15: what somebody asks for and may not know is not in the log', async () => {
  const { house, api } = await openJourney()
  const { id } = await api.login(aPhone())
  const nobodys = house.identity.newLoginId(house.workflowId(aPhone()))
  const before = api.lines.length
  await api.as('other').read(id)
  await api.read(nobodys)
  await api.read('lg_6591234567')
  await expect.poll(() => api.lines).toHaveLength(before + 3)
  expect(JSON.stringify(api.lines.slice(before))).not.toMatch(/lg_|login:/)
})
