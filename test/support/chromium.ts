/** A Chromium for the tests of pages: from the PATH, or from Debian, or Playwright's own, which is downloaded once. */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { onPath } from '../../platform/dev-server/binary.ts'

const run = promisify(execFile)
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const INSTALL_LIMIT_MS = 10 * 60_000

/** Starts a browser without a window; close it. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await findChromium()
  // Nobody but the test gives it pages, and in a container there is no kernel sandbox to be had.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** @throws Error that says what was tried */
async function findChromium(): Promise<string> {
  const ready = (await firstOnPath()) ?? (await playwrightsOwn())
  if (ready !== undefined) return ready
  const reasons: string[] = []
  for (const [name, install] of [
    ['apt-get install chromium', installFromDebian],
    ['playwright-core install chromium', installPlaywrights],
  ] as const) {
    try {
      await install()
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`)
    }
    const found = (await firstOnPath()) ?? (await playwrightsOwn())
    if (found !== undefined) return found
  }
  throw new Error(
    `The tests of pages need Chromium on the PATH (Debian: apt-get install chromium). ${reasons.join('; ')}`,
  )
}

async function firstOnPath(): Promise<string | undefined> {
  for (const name of NAMES) {
    const [path] = await onPath(process.env, name)
    if (path !== undefined) return path
  }
  return undefined
}

async function playwrightsOwn(): Promise<string | undefined> {
  const path = chromium.executablePath()
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  )
}

async function installFromDebian(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('only root can')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const limits = { env, timeout: INSTALL_LIMIT_MS, maxBuffer: 2 ** 26 }
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], limits)
  // A fresh container has no lists.
  await install().catch(async () => {
    await run('apt-get', ['update'], limits)
    await install()
  })
}

async function installPlaywrights(): Promise<void> {
  const folder = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'))
  await run(process.execPath, [join(folder, 'cli.js'), 'install', 'chromium'], { timeout: INSTALL_LIMIT_MS })
}
