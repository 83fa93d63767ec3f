/** `POST /v1/logins/{id}/cancel`, over HTTP and all the way. */
import { expect, test } from 'vitest'
import { openHttp, problemOf, untilResendable } from '../../support/http.ts'
import { aPhone, openHouse } from '../../support/house.ts'

test('a canceled login answers as canceled by its caller', async () => {
  const house = await openHouse()
  const api = await openHttp(house)
  const login = await api.login(aPhone())
  const answer = await api.cancel(login.id)
  expect(answer.status).toBe(200)
  expect(answer.body).toEqual({ ...login, status: 'canceled', reason: 'caller' })
})

test('a second cancel is as good as the first', async () => {
  const house = await openHouse()
  const api = await openHttp(house)
  const login = await api.login(aPhone())
  const first = await api.cancel(login.id)
  const second = await api.cancel(login.id)
  expect([second.status, second.text]).toEqual([200, first.text])
})
