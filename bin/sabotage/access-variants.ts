/** Who gets in: tokens, keys, origins, addresses, and the file that says whose they are. */
import type { Variant } from './variant.ts'

const clientToken = 'test/api/unit/client-token.test.ts'
const cors = 'test/api/unit/cors.test.ts'

export const accessVariants: readonly Variant[] = [
  {
    name: 'a client token that is good for every login of its app',
    file: 'api/client-token.ts',
    from: 'return `${appName}:${loginId}`',
    to: 'return appName',
    test: clientToken,
    title: 'of another login is answered on',
  },
  {
    name: 'a client token that is good for another app',
    file: 'api/client-token.ts',
    from: 'return `${appName}:${loginId}`',
    to: 'return loginId',
    test: clientToken,
    title: 'BIND-6: a token of 8x8’s callback for the same login opens nothing, nor does another app’s',
  },
  {
    name: 'a callback’s token that opens its login',
    file: 'platform/signing/login-tokens.ts',
    from: '`postern ${purpose} token`',
    to: "'postern token'",
    test: clientToken,
    title: 'BIND-6: a token of 8x8’s callback for the same login opens nothing, nor does another app’s',
  },
  {
    name: 'a key’s scope that is not looked at',
    file: 'api/middleware/authenticate.ts',
    from: '    if (!holder.scopes.has(scope)) return answerOutOfScope(c, scope)\n',
    to: '',
    test: clientToken,
    title: 'API-10: a key with the scope',
  },
  {
    name: 'a key that outlives its expiry',
    file: 'platform/apps/key-lookup.ts',
    from: '(found.key.expiresAt ?? Infinity) <= Date.now()',
    to: '(found.key.expiresAt ?? Infinity) <= 0',
    test: 'test/platform/apps/key-lookup.test.ts',
    title: 'that has expired is as unknown as any other',
  },
  {
    name: 'a bad APPS_FILE that replaces the good one',
    file: 'platform/apps/source.ts',
    from: "if ('problems' in parsed) throw new ConfigError(parsed.problems)",
    to: "if ('problems' in parsed) return []",
    test: 'test/platform/apps/reload.test.ts',
    title: 'leaves the apps as they were, and is said once',
  },
  {
    name: 'every origin may read an answer',
    file: 'api/middleware/cors.ts',
    from: 'if (app === undefined ? isSomeApps(origin) : app.origins.includes(origin)) {',
    to: "if (origin !== '') {",
    test: cors,
    title: 'https://evil.example is named neither in a preflight nor in an answer',
  },
  {
    name: 'one app’s pages may read another app’s answers',
    file: 'api/middleware/cors.ts',
    from: 'if (app === undefined ? isSomeApps(origin) : app.origins.includes(origin)) {',
    to: 'if (isSomeApps(origin)) {',
    test: cors,
    title: 'API-11: a login’s token is good for its app’s pages',
  },
  {
    name: 'a preflight of an unknown origin that is granted',
    file: 'api/middleware/cors.ts',
    from: 'isPreflight(c) && isSomeApps(origin)',
    to: 'isPreflight(c)',
    test: cors,
    title: 'https://evil.example is named neither in a preflight nor in an answer',
  },
  {
    name: 'X-Forwarded-For believed from anyone',
    file: 'api/middleware/client-address.ts',
    from: 'while (nearest !== undefined && isInRanges(nearest, trustedProxies)) {',
    to: 'while (nearest !== undefined) {',
    test: 'test/api/unit/receipts/client-address.test.ts',
    title: 'API-16: X-Forwarded-For of a stranger is not believed',
  },
  {
    name: 'the left-most address of X-Forwarded-For',
    file: 'api/middleware/client-address.ts',
    from: 'const hop = hops.pop()',
    to: 'const hop = hops.shift()',
    test: 'test/api/unit/receipts/client-address.test.ts',
    title: 'the right-most address that is no proxy’s counts',
  },
  {
    name: 'tell a token’s holder that the number is refused',
    file: 'api/client-view.ts',
    from: 'return hidden.includes(reason) ? GENERIC : reason',
    to: "return hidden.includes(reason) && reason === 'operator' ? GENERIC : reason",
    test: 'test/api/unit/enumeration.test.ts',
    title: 'ENUM-1: a number that cannot be reached looks like',
  },
]
