/** The verdict as proof: what is signed, by which key, and who is given it. */
import type { Variant } from './variant.ts'

const assertions = 'test/platform/signing/assertions.test.ts'

export const proofVariants: readonly Variant[] = [
  {
    name: 'an assertion dated when it is asked for',
    file: 'platform/signing/assertions.ts',
    from: '    iat: at,',
    to: '    iat: Math.floor(Date.now() / 1000),',
    test: assertions,
    title: 'TOK-1, TOK-2, TOK-3, BIND-9, FRD-14: the header and the claims, whole',
  },
  {
    name: 'an assertion signed by a key that is not active yet',
    file: 'platform/signing/assertions.ts',
    from: '.filter(({ activeFrom }) => activeFrom <= at)',
    to: '.filter(({ activeFrom }) => activeFrom <= Infinity)',
    test: assertions,
    title: 'the same bytes after a rotation',
  },
  {
    name: 'a key set with the private part in it',
    file: 'platform/signing/assertions.ts',
    from: "{ kid, x }: SigningKey): PublicJwk {\n  return { kty: 'OKP'",
    to: "{ kid, x, key }: SigningKey): PublicJwk {\n  return { ...key.export({ format: 'jwk' }), kty: 'OKP'",
    test: assertions,
    title: 'TOK-8: the key set has every public key and no secret',
  },
  {
    name: 'an assertion that outlives its 120 seconds',
    file: 'domain/assertion.ts',
    from: 'return now < expiresAt * 1000 ? verifiedAt : undefined',
    to: 'return now > 0 && expiresAt > 0 ? verifiedAt : undefined',
    test: 'test/api/unit/assertion.test.ts',
    title: 'TOK-3: there is one while it is good',
  },
  {
    name: 'an assertion for whoever reads with a client token',
    file: 'api/routes/read-login.ts',
    from: "if (c.get('caller') === 'client') return",
    to: "if (c.get('app').name === '') return",
    test: 'test/api/journey/client-token.test.ts',
    title: 'BIND-7: with its token a login is read, followed, sent again, and verified',
  },
  {
    name: 'the number in an assertion that did not ask for it',
    file: 'api/assertion.ts',
    from: '...(app.assertsPhone ? { phone } : {}),',
    to: 'phone,',
    test: 'test/api/journey/assertion.test.ts',
    title: 'TOK-3, TOK-6: without a userId the subject is a pseudonym',
  },
  {
    name: 'another app’s audience',
    file: 'api/assertion.ts',
    from: 'audience: app.audience,',
    to: "audience: 'postern',",
    test: 'test/api/journey/assertion.test.ts',
    title: 'TOK-1, TOK-3, BIND-9: an app verifies the assertion',
  },
]
