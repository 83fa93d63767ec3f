import type { Api, ApiDeps } from '../middleware/context.ts'

/** `GET /openapi.json`: the routes as OpenAPI 3.1, written when it is first asked for. */
export function openApiDocument(api: Api, { publicUrl }: ApiDeps): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'The API key of an app.',
  })
  const write = () =>
    api.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Postern', version: '1', description },
      servers: [{ url: publicUrl }],
    })
  let document: ReturnType<typeof write> | undefined
  api.get('/openapi.json', (c) => c.json((document ??= write())))
}

const description = `Phone logins with a one-time code by SMS or call.

Every error is a problem (RFC 9457); its \`code\` is stable. Bodies are JSON in UTF-8 of at most 8 KiB, and unknown
members are refused. Of duplicate members the last one counts. Every answer has an \`X-Request-Id\`: yours, if it was
1 to 64 of \`A-Z a-z 0-9 _ -\`.`
