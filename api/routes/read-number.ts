import { createRoute, z } from '@hono/zod-openapi'
import { isDisabled } from '../../domain/budget.ts'
import { parsePhone } from '../../domain/phone.ts'
import { authenticate } from '../middleware/authenticate.ts'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { ofEveryCall, problemResponses } from '../schemas/problem.ts'
import { answerPhoneInvalid, answerUnavailable } from './answers.ts'

/** `GET /v1/numbers/{phone}`: what the number may still cost, for operators. */
export function readNumber(api: Api, { gateway, apps }: ApiDeps): void {
  const route = createRoute({
    method: 'get',
    path: '/v1/numbers/{phone}',
    operationId: 'readNumber',
    summary: "Read a number's budget (admin keys only)",
    security: [{ bearer: [] }],
    middleware: [authenticate({ apps }, 'admin')] as const,
    request: { params },
    responses: {
      200: {
        description: "The number's budget, over all apps of the sub-account.",
        content: { 'application/json': { schema: numberSchema } },
      },
      ...problemResponses(...ofEveryCall, 'phone-invalid', 'service-unavailable'),
    },
  })

  api.openapi(route, async (c) => {
    const parsed = parsePhone(c.req.valid('param').phone)
    if (parsed.outcome === 'refused') return answerPhoneInvalid(c, 'phone', parsed.problem)
    const { phone } = parsed
    const result = await gateway.number(c.get('app').subAccountId, phone)
    if (result.outcome === 'unavailable') return answerUnavailable(c)
    const { budget, denial, sendsLeft } = result
    return c.json(
      {
        phone: phone.masked,
        sendsLeft,
        blockedUntil: denial?.retryAt === undefined ? null : new Date(denial.retryAt).toISOString(),
        reason: denial?.reason ?? null,
        failures: budget.failures.count,
        disabled: isDisabled(budget),
      },
      200,
    )
  })
}

const params = z.object({
  phone: z.string().openapi({ description: 'E.164 with its plus, URL-encoded.', example: '+6591234567' }),
})

const numberSchema = z
  .object({
    phone: z.string().openapi({ description: 'Masked but for its last two digits.' }),
    sendsLeft: z.int().min(0),
    blockedUntil: z.iso.datetime().nullable().openapi({
      description: 'No start before; null when one may start now, or only an operator can help.',
    }),
    reason: z
      .enum(['interval', 'sends', 'enrolment_sends', 'failures', 'enrolment_failures', 'disabled'])
      .nullable(),
    failures: z.int().min(0).openapi({ description: 'Consecutive failed checks.' }),
    disabled: z.boolean().openapi({ description: 'Until an operator clears it.' }),
  })
  .openapi('Number')
