import { createRoute, z } from '@hono/zod-openapi'
import type { Api, ApiDeps } from '../middleware/context.ts'
import { problemResponses } from '../schemas/problem.ts'

/**
 * `GET /.well-known/jwks.json`: the keys that verify assertions (TOK-8). Needs nothing but this process, so that who
 * was verified can sign in while Temporal or 8x8 is away. It is public, so any page may read it.
 */
export function readJwks(api: Api, { assertions }: ApiDeps): void {
  const route = createRoute({
    method: 'get',
    path: '/.well-known/jwks.json',
    operationId: 'readJwks',
    summary: 'The public keys of assertions',
    responses: {
      200: {
        description: 'A JWK set (RFC 7517), with the keys to come. Keep it for 10 minutes at most.',
        content: { 'application/json': { schema: jwksSchema } },
      },
      ...problemResponses('internal-error'),
    },
  })

  api.openapi(route, (c) => {
    c.header('Cache-Control', 'public, max-age=600')
    c.header('Access-Control-Allow-Origin', '*')
    return c.json({ keys: [...assertions.jwks().keys] }, 200)
  })
}

const jwksSchema = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().openapi({ description: 'The public key, 32 bytes in base64url.' }),
        kid: z.string(),
        alg: z.literal('EdDSA'),
        use: z.literal('sig'),
      }),
    ),
  })
  .openapi('JwkSet')
