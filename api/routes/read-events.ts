import { createRoute, z } from '@hono/zod-openapi'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { loginEventSchema } from '../schemas/login.ts'
import { ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { loginIdParams } from '../schemas/request.ts'
import { answerNoSuchLogin, answerUnavailable } from './answers.ts'

/** `GET /v1/logins/{id}/events`: what has happened so far, oldest first. */
export function readEvents(api: Api, { gateway, apps }: ApiDeps): void {
  const route = createRoute({
    method: 'get',
    path: '/v1/logins/{id}/events',
    operationId: 'readEvents',
    summary: "Read a login's timeline",
    security: [{ bearer: [] }],
    middleware: [authenticate(apps)] as const,
    request: { params: loginIdParams },
    responses: {
      200: {
        description: 'What has happened so far, oldest first.',
        content: { 'application/json': { schema: z.object({ events: z.array(loginEventSchema) }) } },
      },
      ...problemResponses(...ofEveryCall, 'not-found', 'service-unavailable'),
    },
  })

  api.openapi(route, async (c) => {
    const result = await gateway.events(c.get('app'), c.req.valid('param').id)
    switch (result.outcome) {
      case 'events':
        return c.json({ events: [...result.events] }, 200)
      case 'not-found':
        return answerNoSuchLogin(c)
      case 'unavailable':
        return answerUnavailable(c)
    }
  })
}
