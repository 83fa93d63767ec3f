import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { expect, test } from 'vitest'
import type { ApiEnv } from '../../../api/middleware/context.ts'
import { requestId } from '../../../api/middleware/request-id.ts'
import { answerError, problem } from '../../../api/problem.ts'
import { problems, type ProblemCode } from '../../../domain/problems.ts'
import { problemOf } from './harness.ts'

const codes = Object.keys(problems) as ProblemCode[]

test('there are 22 problems, so that another one is a conscious act', () => {
  expect(codes).toHaveLength(22)
})

test('every title is a sentence of its own', () => {
  const titles = codes.map((code) => problems[code].title)
  expect(new Set(titles).size).toBe(codes.length)
  for (const title of titles) expect(title).toMatch(/^[A-Z].*\.$/)
})

test.each(codes)('API-1: %s is answered with the status and title of the catalogue', async (code) => {
  const api = new Hono<ApiEnv>()
  api.use(requestId())
  api.get('/', (c) => problem(c, code, 'What was wrong.', { retryAfterSeconds: 7 }))
  const response = await api.request('/')
  expect(response.status).toBe(problems[code].status)
  expect(response.headers.get('retry-after')).toBe('7')
  const { title, detail } = await problemOf(response, code)
  expect({ title, detail }).toEqual({ title: problems[code].title, detail: 'What was wrong.' })
})

test.each([
  [400, 'malformed-json'],
  [415, 'unsupported-media-type'],
  [418, 'internal-error'],
] as const)("the framework's own %i becomes %s", async (status, code) => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const api = new Hono<ApiEnv>()
  api.use(requestId())
  api.onError(answerError(log))
  api.get('/', () => {
    throw new HTTPException(status, { message: 'words of the framework' })
  })
  const response = await api.request('/')
  const { detail } = await problemOf(response, code)
  expect(detail).not.toContain('words of the framework')
})
