import { createRoute, z } from '@hono/zod-openapi'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { problemResponses } from '../schemas/problem.ts'

/** `GET /readyz`: can a login be started now. */
export function readReadiness(api: Api, { gateway }: ApiDeps): void {
  const content = { 'application/json': { schema: z.object({ temporal: z.boolean(), worker: z.boolean() }) } }
  const route = createRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'readReadiness',
    summary: 'Can a login be started',
    responses: {
      200: { description: 'Temporal answers and a worker polls.', content },
      503: { description: 'One of them does not.', content },
      ...problemResponses('internal-error'),
    },
  })
  api.openapi(route, async (c) => {
    const { temporal, worker } = await gateway.ready()
    return temporal && worker ? c.json({ temporal, worker }, 200) : c.json({ temporal, worker }, 503)
  })
}
