import type { Api, ApiDeps } from '../middleware/context.ts'
import { addExamples, type Operation } from '../schemas/examples.ts'

/** `GET /openapi.json`: the routes as OpenAPI 3.1, written when it is first asked for. */
export function openApiDocument(api: Api, { publicUrl }: ApiDeps): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The API key of an app. It belongs on a server.',
  })
  api.openAPIRegistry.registerComponent('securitySchemes', 'clientToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'The `clientToken` that a start answered with: good for that login and for nothing else.',
  })
  const write = () => {
    const document = api.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Postern', version: '1', description },
      servers: [{ url: publicUrl }],
    })
    // A copy, since the registry keeps what it has written from.
    const { paths, ...rest } = JSON.parse(JSON.stringify(document)) as { paths: Paths }
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      addExamples(operation)
    }
    return { ...rest, paths }
  }
  let document: ReturnType<typeof write> | undefined
  api.get('/openapi.json', (c) => c.json((document ??= write())))
}

type Paths = Record<string, Record<string, Operation>>

const description = `Phone logins with a one-time code by SMS or call.

Every error is a problem (RFC 9457); its \`code\` is stable. Bodies are JSON in UTF-8 of at most 8 KiB, and unknown
members are refused. Of duplicate members the last one counts. Every answer has an \`X-Request-Id\`: yours, if it was
1 to 64 of \`A-Z a-z 0-9 _ -\`.

A request that is not HTTP, has more than 16 KiB of headers, or expects anything but \`100-continue\`, is answered 400,
431 or 417 without a body, before anything here has read it.`
