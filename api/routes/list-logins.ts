import { createRoute, z } from '@hono/zod-openapi'
import { parsePhone } from '../../domain/phone.ts'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { loginSchema } from '../schemas/login.ts'
import { ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { countrySchema, text } from '../schemas/request.ts'
import { answerPhoneInvalid, answerUnavailable } from './answers.ts'

/** `GET /v1/logins?phone=…`: the logins of a number, newest first, the caller's own only. */
export function listLogins(api: Api, { gateway, apps }: ApiDeps): void {
  const route = createRoute({
    method: 'get',
    path: '/v1/logins',
    operationId: 'listLogins',
    summary: "List a number's logins",
    security: [{ bearer: [] }],
    middleware: [authenticate({ apps }, 'read')] as const,
    request: { query: querySchema },
    responses: {
      200: {
        description: 'Your logins of this number, newest first; none is no error.',
        content: { 'application/json': { schema: z.object({ logins: z.array(loginSchema) }) } },
      },
      ...problemResponses(...ofEveryCall, 'invalid-request', 'phone-invalid', 'service-unavailable'),
    },
  })

  api.openapi(route, async (c) => {
    const { phone, country, limit } = c.req.valid('query')
    const parsed = parsePhone(phone, country)
    if (parsed.outcome === 'refused') {
      return answerPhoneInvalid(c, parsed.problem === 'country' ? 'country' : 'phone', parsed.problem)
    }
    const result = await gateway.list(c.get('app'), parsed.phone, limit)
    if (result.outcome === 'unavailable') return answerUnavailable(c)
    return c.json({ logins: [...result.logins] }, 200)
  })
}

const MOST = 20
const STANDARD = 10
const LIMIT_PATTERN = '^([1-9]|1[0-9]|20)$'

const querySchema = z.strictObject({
  phone: text(1, 40).openapi({
    description: 'In E.164, its plus written `%2B`, or national together with `country`.',
    example: '+6591234567',
  }),
  country: countrySchema.optional(),
  limit: z
    .string()
    .regex(new RegExp(LIMIT_PATTERN), `Must be a whole number from 1 to ${MOST}.`)
    .default(String(STANDARD))
    .transform(Number)
    .openapi({ type: 'integer', minimum: 1, maximum: MOST, default: STANDARD }),
})
