import { createRoute, z } from '@hono/zod-openapi'
import type { Api } from '../middleware/context.ts'
import { problemResponses } from '../schemas/problem.ts'

/** `GET /healthz`: the process answers; says nothing about what it depends on. */
export function readHealth(api: Api): void {
  const route = createRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'readHealth',
    summary: 'Does the process answer',
    responses: {
      200: {
        description: 'It does.',
        content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
      },
      ...problemResponses('internal-error'),
    },
  })
  api.openapi(route, (c) => c.json({ status: 'ok' as const }, 200))
}
