import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { EarlierServer } from '../../platform/dev-server/earlier.ts'
import type { DevSettings } from './settings.ts'

export type LinksOptions = {
  readonly settings: DevSettings
  readonly earlier: EarlierServer | undefined
  /** Where the generated development keys are. */
  readonly keysFile: string
}

/** What a person may open and try, once everything is up. */
export async function links({ settings, earlier, keysFile }: LinksOptions): Promise<readonly string[]> {
  const api = `http://127.0.0.1:${settings.apiPort}`
  const inbox = `http://127.0.0.1:${settings.sandboxPort}/inbox`
  const uiPort = earlier ? earlier.uiPort : settings.temporalUiPort
  // A key that the person brought is theirs to know, and one of APPS_FILE is there as a hash: it stays out of the terminal.
  const isBrought = settings.bringsApiKey || settings.appsFile !== undefined
  const key = isBrought ? '$API_KEY' : await generatedKey(keysFile)
  return [
    '',
    ...(settings.startsDemo ? [`  Demo         http://127.0.0.1:${settings.demoPort}`] : []),
    `  API          ${api}`,
    ...(settings.startsSandbox ? [`  8x8 inbox    ${inbox}`] : []),
    settings.temporalElsewhere === undefined
      ? `  Temporal UI  http://127.0.0.1:${uiPort ?? settings.temporalUiPort}`
      : `  Temporal     ${settings.temporalElsewhere}`,
    ...codecLines(settings, earlier),
    '',
    settings.appsFile === undefined
      ? '  Start a login:'
      : `  Start a login, with a key of ${settings.appsFile} (npm run app-key makes one):`,
    `    curl ${api}/v1/logins -H "Authorization: Bearer ${key}" \\`,
    `      -H 'Content-Type: application/json' -d '{"phone":"+6591234567"}'`,
    '',
    earlier
      ? `  Ctrl-C stops everything but the Temporal server, which an earlier start began (pid ${earlier.pid}).`
      : '  Ctrl-C stops everything.',
    '',
  ]
}

/** The codec server is for the UI and the CLI; what keeps the UI from using it is said. */
function codecLines(settings: DevSettings, earlier: EarlierServer | undefined): string[] {
  const { codecUrl, isCodecLocked } = settings
  if (codecUrl === undefined) return []
  const isUnwired = earlier !== undefined && earlier.uiCodecEndpoint !== codecUrl
  return [
    `  Codec        ${codecUrl} (temporal … --codec-endpoint ${codecUrl})`,
    ...(isCodecLocked
      ? ['               It demands a token, which this UI does not send: there, payloads stay sealed.']
      : []),
    ...(isUnwired
      ? [
          `               The Temporal UI was started without it: there, payloads stay sealed.`,
          `               \`kill ${earlier.pid}\` and another \`npm start\` change that.`,
        ]
      : []),
  ]
}

async function generatedKey(keysFile: string): Promise<string> {
  try {
    return z.object({ API_KEY: z.string() }).parse(JSON.parse(await readFile(keysFile, 'utf8'))).API_KEY
  } catch {
    return '$API_KEY'
  }
}
