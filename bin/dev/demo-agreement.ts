/** What Postern, the sandbox and the demo must agree on for `npm start`. What the environment says stays as it says it. */
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { developmentKeys } from '../../platform/development-keys.ts'
import type { EarlierServer } from '../../platform/dev-server/earlier.ts'
import type { DevSettings } from './settings.ts'

export type AgreementOptions = {
  readonly settings: DevSettings
  readonly earlier: EarlierServer | undefined
  readonly env: NodeJS.ProcessEnv
  /** Where the generated development keys are. */
  readonly keysFile: string
}

export type Agreement = Readonly<Record<'postern' | 'sandbox' | 'demo', NodeJS.ProcessEnv>>

export function demoAgreement({ settings, earlier, env, keysFile }: AgreementOptions): Agreement {
  const given = (name: string) => (env[name] === '' ? undefined : env[name])
  const demoUrl = `http://127.0.0.1:${settings.demoPort}`
  const posternUrl = `http://127.0.0.1:${settings.apiPort}`
  const uiPort = earlier?.uiPort ?? settings.temporalUiPort
  const temporalUiUrl =
    given('TEMPORAL_UI_URL') ?? (settings.startsTemporal ? `http://127.0.0.1:${uiPort}` : undefined)
  const origins = `${demoUrl},http://localhost:${settings.demoPort}`
  // The events of a person's own endpoint are that endpoint's, with a secret that is none of the demo's business.
  const ownWebhook: NodeJS.ProcessEnv =
    given('WEBHOOK_URL') === undefined
      ? {
          WEBHOOK_URL: `${demoUrl}/webhooks/postern`,
          WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
        }
      : {}
  return {
    postern: {
      ALLOWED_ORIGINS: [given('ALLOWED_ORIGINS'), origins].filter(Boolean).join(','),
      ...ownWebhook,
    },
    sandbox: { SANDBOX_FRAME_ANCESTORS: origins },
    demo: {
      DEMO_URL: demoUrl,
      DEMO_FILE: join(dirname(keysFile), 'demo.json'),
      POSTERN_URL: posternUrl,
      POSTERN_ISSUER: given('PUBLIC_URL') ?? posternUrl,
      POSTERN_AUDIENCE: given('ASSERTION_AUDIENCE') ?? 'default',
      POSTERN_API_KEY: given('API_KEY') ?? developmentKeys(keysFile).API_KEY,
      WEBHOOK_SECRET: ownWebhook.WEBHOOK_SECRET,
      ...(settings.startsSandbox ? { SANDBOX_URL: `http://127.0.0.1:${settings.sandboxPort}` } : {}),
      ...(temporalUiUrl === undefined ? {} : { TEMPORAL_UI_URL: temporalUiUrl }),
    },
  }
}
