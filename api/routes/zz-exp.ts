import type { Context, MiddlewareHandler } from 'hono'
import { createRoute, OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi'
import { problems, type ProblemCode, type ProblemMembers } from '../../domain/problems.ts'

type Env = { Variables: { requestId: string } }
type AppEnv = { Variables: { requestId: string; app: { name: string } } }
declare const auth: MiddlewareHandler<AppEnv>
declare const limit: MiddlewareHandler<Env>

type StatusOf<C extends ProblemCode> = (typeof problems)[C]['status']
export type Problem<C extends ProblemCode> = {
  type: string; code: C; status: StatusOf<C>; title: string; detail: string; instance: string
} & ProblemMembers

function problem<C extends ProblemCode>(c: ProblemContext, code: C, detail: string, members: ProblemMembers = {}) {
  const { status, title }: { status: StatusOf<C>, title: string } = problems[code]
  const body = { type: `/problems/${code}`, code, status, title, detail, instance: c.var.requestId, ...members }
  return c.json(body, status, { 'Content-Type': 'application/problem+json' })
}
type ProblemContext = Pick<Context, 'json'> & { readonly var: { readonly requestId: string } }
type CodesAt<C extends ProblemCode, S> = C extends ProblemCode ? StatusOf<C> extends S ? C : never : never
type Responses<C extends ProblemCode> = { [S in StatusOf<C>]: { description: string; content: { 'application/problem+json': { schema: z.ZodType<Problem<CodesAt<C, S>>> } } } }
declare function responses<C extends ProblemCode>(...codes: C[]): Responses<C>

export function f(api: OpenAPIHono<Env>) {
  api.openapi(createRoute({ method: 'post', path: '/v1/{id}', middleware: [auth, limit] as const,
    request: { params: z.object({ id: z.string() }), body: { required: true, content: { 'application/json': { schema: z.strictObject({ a: z.string() }) } } } },
    responses: { 200: { description: '', content: { 'application/json': { schema: z.object({ n: z.string() }) } } }, ...responses('not-found', 'login-closed', 'resends-exhausted') } }),
    (c) => {
      const { a } = c.req.valid('json')
      const id: string = c.req.valid('param').id
      const app = c.get('app').name
      if (a === '1') return problem(c, 'not-found', '')
      if (a === '2') return problem(c, 'login-closed', '', { loginStatus: 'x' })
      if (a === '4') return problem(c, 'phone-invalid', '')
      if (a === '5') return c.json({ n: 4 }, 200)
      return c.json({ n: id + app }, 200)
    })
}
