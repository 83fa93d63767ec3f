/** Row 8 rests on what this tells apart: nobody took a request, or somebody took it and lost it. */
import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../platform/dev-server/ports.ts'
import { createBalancer } from './balancer.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return `http://127.0.0.1:${address.port}`
}

const login = (id: string) => serve((_, answer) => answer.writeHead(201).end(JSON.stringify({ id })))
const nobody = async () => `http://127.0.0.1:${await freePort()}`
const post = { method: 'POST', body: '{}' }
const url = 'http://balancer.invalid/v1/logins/lg_1/code'

test('requests go to the APIs in turn, and each answer is kept for the judge', async () => {
  const { fetch, told, answers, lost } = createBalancer([await login('lg_1'), await login('lg_2')])
  for (let n = 0; n < 3; n += 1) await fetch(url, post)
  const ids = told.map((answer) => answer.login?.id)
  expect(ids[0]).not.toBe(ids[1])
  expect(ids[0]).toBe(ids[2])
  expect(answers[0]).toMatchObject({ call: 'POST /v1/logins/{id}/code', status: 201 })
  expect(lost).toEqual([])
})

test('what no API has taken goes to another, and is not lost', async () => {
  const { fetch, answers, lost } = createBalancer([await nobody(), await login('lg_1')])
  const statuses = [(await fetch(url, post)).status, (await fetch(url, post)).status]
  expect(statuses).toEqual([201, 201])
  expect(answers).toHaveLength(2)
  expect(lost).toEqual([])
})

test('what an API has taken and not answered is lost, and goes nowhere else', async () => {
  let asked = 0
  const dying = () =>
    serve((request) => {
      asked += 1
      request.socket.destroy()
    })
  const { fetch, lost } = createBalancer([await dying(), await dying()])
  await expect(fetch(url, post)).rejects.toThrow('fetch failed')
  expect(asked).toBe(1)
  expect(lost).toEqual(['POST /v1/logins/{id}/code: ECONNRESET'])
})
