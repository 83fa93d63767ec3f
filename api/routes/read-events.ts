import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { showEvent, showFollowing } from '../client-view.ts'
import { noteLimit } from '../limits/note.ts'
import { authenticateForLogin } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { problem } from '../problem.ts'
import { loginEventSchema } from '../schemas/login.ts'
import { ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { loginIdParams } from '../schemas/request.ts'
import { answerNoSuchLogin, answerUnavailable } from './answers.ts'

/** `GET /v1/logins/{id}/events`: what has happened so far, oldest first; as a stream, also what happens from now on. */
export function readEvents(api: Api, deps: ApiDeps): void {
  const { gateway, apps, clientTokens, streams } = deps
  const route = createRoute({
    method: 'get',
    path: '/v1/logins/{id}/events',
    operationId: 'readEvents',
    summary: "Read a login's timeline, or follow it",
    security: [{ bearer: [] }, { clientToken: [] }],
    middleware: [authenticateForLogin({ apps, clientTokens }, 'read')] as const,
    request: { params: loginIdParams, headers },
    responses: {
      200: {
        description: 'What has happened so far, oldest first; as a stream, also what happens from now on.',
        content: {
          'application/json': { schema: z.object({ events: z.array(loginEventSchema) }) },
          'text/event-stream': { schema: streamSchema },
        },
      },
      204: { description: 'To a stream only: the login is final, and `Last-Event-ID` is its last event.' },
      ...problemResponses(...ofEveryCall, 'not-found', 'too-many-requests', 'service-unavailable'),
    },
  })

  api.openapi(route, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    if (asksForStream(c)) {
      const result = await gateway.follow(c.get('app'), id, c.req.valid('header')['Last-Event-ID'])
      switch (result.outcome) {
        case 'following':
          return c.body(streams.open(showFollowing(caller, result.following)), 200, streamHeaders)
        case 'over':
          return c.body(null, 204)
        case 'too-many':
          noteLimit(c, 'streams')
          return problem(c, 'too-many-requests', 'This login has as many streams as it may.', {
            reason: 'streams',
            retryAfterSeconds: RETRY_SECONDS,
          })
        case 'not-found':
          return answerNoSuchLogin(c)
        case 'unavailable':
          return answerUnavailable(c)
      }
    }
    const result = await gateway.events(c.get('app'), id)
    switch (result.outcome) {
      case 'events':
        return c.json({ events: result.events.map((event) => showEvent(caller, event)) }, 200)
      case 'not-found':
        return answerNoSuchLogin(c)
      case 'unavailable':
        return answerUnavailable(c)
    }
  })
}

/** A stream that nobody reads is dropped after two heartbeats of 15 s. */
const RETRY_SECONDS = 30

/** JSON unless a stream is named and preferred. HEAD has no body, so nobody would ever end its stream. */
function asksForStream(c: Context): boolean {
  const supports = ['application/json', 'text/event-stream']
  const type = accepts(c, { header: 'Accept', supports, default: 'application/json' })
  return type === 'text/event-stream' && c.req.method === 'GET'
}

const streamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // nginx would otherwise keep events back until its buffer is full.
  'X-Accel-Buffering': 'no',
  // A connection that would stay for another request would hold up the drain of the server.
  Connection: 'close',
}

const headers = z.object({
  'Last-Event-ID': z.string().optional().openapi({
    description:
      'To a stream only: the `id` of the last event that came. The stream goes on after it, or begins at the first event when this login has no such event.',
  }),
})

const streamSchema = z.string().openapi({
  description:
    'Server-sent events (WHATWG HTML, 9.2), when `Accept` prefers `text/event-stream`. Each has the `id` and the `type` of an event of the timeline as its `id` and `event`, and the event as JSON as its `data`. Comments come every 15 seconds. The stream ends after the event that makes the login final; when it ends earlier, come back with `Last-Event-ID` after the time that `retry` says.',
})
