/** The environment, row by row; what it all comes to is `platform/config.ts`. */
import { z } from 'zod'
import { defaultLadder } from '../../domain/ladder.ts'
import { COUNTRY_LIMIT } from '../../domain/limits.ts'
import { isCountry } from '../../domain/phone.ts'
import { defaultPolicy } from '../../domain/policy.ts'
import {
  addresses,
  baseUrl,
  DOMAIN,
  DOMAIN_SAID,
  headerValue,
  integer,
  key32,
  keyRing,
  origins,
  port,
  storeUrl,
  SUB_ACCOUNT,
  SUB_ACCOUNT_SAID,
  token,
  url,
  webhookEvents,
  webhookSecrets,
} from './parsers.ts'

/** One row a variable; a test holds `.env.example` to them. */
export const variables = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  PORT: integer(1, 65_535, 3000),
  SANDBOX_PORT: integer(1, 65_535, 3002),
  METRICS_PORT: port.optional(),
  WORKER_METRICS_PORT: port.optional(),
  METRICS_HOST: z.union([z.ipv4(), z.ipv6()], 'an IP address').default('127.0.0.1'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional(),
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
  PUBLIC_URL: baseUrl.optional(),
  TEMPORAL_ADDRESS: z.string().min(1).optional(),
  TEMPORAL_API_KEY: token.optional(),
  // Whatever else it says, `yes` and `True` too, the library takes for no.
  TEMPORAL_TLS: z.enum(['true', '1', 'false', '0']).optional(),
  TEMPORAL_PROFILE: z.string().min(1).optional(),
  TEMPORAL_CONFIG_FILE: z.string().min(1).optional(),
  EIGHTXEIGHT_API_KEY: token.optional(),
  EIGHTXEIGHT_SUBACCOUNT_ID: z.string().regex(SUB_ACCOUNT, SUB_ACCOUNT_SAID).optional(),
  EIGHTXEIGHT_BASE_URL: baseUrl.optional(),
  EIGHTXEIGHT_REGION: z.enum(['apac', 'us', 'eu', 'id']).optional(),
  EIGHTXEIGHT_API_VERSION: z.enum(['v1', 'v2']).default('v2'),
  CODE_LENGTH: integer(4, 10, defaultPolicy.codeLength),
  CODE_VALIDITY_SECONDS: integer(60, 600, defaultPolicy.codeValiditySeconds),
  RESEND_INTERVAL_SECONDS: integer(10, 600, defaultPolicy.resendIntervalSeconds),
  MAX_ATTEMPTS: integer(1, 5, defaultPolicy.maxAttempts),
  MAX_RESENDS: integer(0, 3, defaultPolicy.maxResends),
  APPS_FILE: z.string().min(1).optional(),
  API_KEY: token.min(22, 'at least 22 characters, from a random source').optional(),
  BRAND: z.string().min(1).max(30, 'at most 30 characters').default('Postern'),
  ALLOWED_COUNTRIES: z
    .string()
    .regex(/^[A-Z]{2}(,[A-Z]{2})*$/, 'ISO 3166-1 alpha-2 codes with commas between: SG,MY')
    .transform((text) => text.split(','))
    .refine((codes) => codes.every(isCountry), 'countries that have numbers: GB, say, and not UK')
    .optional(),
  ALLOWED_ORIGINS: origins.optional(),
  ASSERTION_AUDIENCE: z.string().min(1).max(200, 'at most 200 characters').optional(),
  ASSERT_PHONE: z.enum(['on', 'off']).default('off'),
  SMS_DOMAIN: z.string().regex(DOMAIN, DOMAIN_SAID).optional(),
  SENDS_PER_DAY: integer(1, 10_000_000, 10_000),
  SENDS_PER_DAY_COUNTRY: integer(1, 10_000_000, COUNTRY_LIMIT.most),
  SENDS_PER_DAY_OVERALL: integer(1, 10_000_000, 50_000),
  BLOCKS_FILE: z.string().min(1).optional(),
  VALKEY_URL: storeUrl.optional(),
  SIGNING_KEYS_FILE: z.string().min(1).optional(),
  LOOKUP_KEY: key32.optional(),
  ENCRYPTION_KEYS: keyRing.optional(),
  TOKEN_KEYS: keyRing.optional(),
  EIGHTXEIGHT_WEBHOOK_TOKEN: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,128}$/, '22 to 128 of A-Z a-z 0-9 _ -, from a random source')
    .optional(),
  EIGHTXEIGHT_WEBHOOK_AUTHORIZATION: headerValue.min(22, 'at least 22 characters').optional(),
  EIGHTXEIGHT_WEBHOOK_ADDRESSES: addresses.optional(),
  TRUSTED_PROXIES: addresses.optional(),
  WHEN_UNDELIVERED: z.enum(['nothing', 'offer', 'call']).default(defaultLadder.whenUndelivered),
  RECEIPT_WAIT_SECONDS: integer(0, 300, defaultLadder.receiptWaitSeconds),
  WEBHOOK_URL: url.optional(),
  WEBHOOK_SECRET: webhookSecrets.optional(),
  WEBHOOK_EVENTS: webhookEvents.optional(),
  WEBHOOK_CONCURRENCY: integer(1, 100, 10),
  TEMPORAL_UI_URL: url.optional(),
  TEMPORAL_DEV_UI_PORT: integer(1, 65_535, 8233),
  WORKER_VERSIONING: z.enum(['on', 'off']).optional(),
  WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9._+-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ + -')
    .optional(),
  WORKFLOW_BUNDLE: z.string().min(1).optional(),
  CODEC_PORT: integer(1, 65_535, 3003),
  CODEC_HOST: z.union([z.ipv4(), z.ipv6()], 'an IP address').default('127.0.0.1'),
  CODEC_TOKEN: token.min(22, 'at least 22 characters, from a random source').optional(),
  CODEC_OIDC_JWKS_URL: url.optional(),
  CODEC_OIDC_ISSUER: z.string().min(1).optional(),
  CODEC_OIDC_AUDIENCE: z.string().min(1).optional(),
})

/** With every default filled in. */
export type Variables = z.output<typeof variables>

/** As OpenTelemetry has it: the one for traces as it stands, the one for everything with `/v1/traces` behind it. */
export function tracesEndpoint(
  read: Pick<Variables, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'>,
): string | undefined {
  if (read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== undefined) return read.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
  return read.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/*$/, '/v1/traces')
}

/** Default: the UI that `npm start` brings up. */
export function temporalUiUrl(read: Pick<Variables, 'TEMPORAL_UI_URL' | 'TEMPORAL_DEV_UI_PORT'>): string {
  return (read.TEMPORAL_UI_URL ?? `http://127.0.0.1:${read.TEMPORAL_DEV_UI_PORT}`).replace(/\/+$/, '')
}
