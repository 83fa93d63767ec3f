/** A real browser, in which nothing goes wrong unseen. */
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, expect, onTestFinished, vi } from 'vitest'
import { startBrowser } from '../../support/chromium.ts'

export type BrowserOptions = BrowserContextOptions & {
  /** Runs in each page before its own scripts: what this browser has, or has not. */
  readonly has?: string
  /** What the test itself breaks: complaints that are no fault of the page. */
  readonly tolerates?: RegExp
}

/** As small as phones come. */
export const narrow = { width: 320, height: 640 } as const
const desktop = { width: 1280, height: 900 } as const

/** Two cores may carry a browser, three workers and other tests besides. */
const PATIENCE_MS = 30_000
vi.setConfig({ testTimeout: 4 * PATIENCE_MS })

/** Of all tests of a file. */
let chromium: Promise<Browser> | undefined
afterAll(async () => (await chromium)?.close())

/**
 * A browser that nobody else has the cookies of. What any page in it complains of, as errors in the console, uncaught
 * or against its Content-Security-Policy, fails the test.
 */
export async function openBrowser(url: string, { has, tolerates, ...options }: BrowserOptions = {}) {
  const context = await (
    await (chromium ??= startBrowser())
  ).newContext({
    baseURL: url,
    viewport: desktop,
    locale: 'en-SG',
    ...options,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  context.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !isRefusal(text) && !tolerates?.test(text)) complaints.push(text)
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  if (has !== undefined) await context.addInitScript({ content: has })
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  return { page: await context.newPage(), context }
}

/** Chromium writes a line of its own for each answer that is an error; those are what tests are about. */
const isRefusal = (text: string) =>
  /^Failed to load resource: the server responded with a status of (409|410|422|429|503) /.test(text)

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Finding = { readonly id: string; readonly nodes: readonly { readonly html: string }[] }

/** The page as it stands breaks no rule of axe; the phone beside it is another site's. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  const found = await page.evaluate<{ violations: Finding[] }>(
    'axe.run({ exclude: ["iframe"] }, { iframes: false })',
  )
  const said = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(said).toEqual([])
}

/** Nothing is wider than the screen. */
export async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const [content, screen] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  expect(content).toBeLessThanOrEqual(screen)
}

const tooSmall = `[...document.querySelectorAll('button, input:not([type=hidden]), select, .button, header a')]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML)`

/** What is touched is as tall as a fingertip (WCAG 2.2, 2.5.5). */
export async function expectTouchable(page: Page): Promise<void> {
  expect(await page.evaluate(tooSmall)).toEqual([])
}

/** Kept for the documentation when POSTERN_SCREENSHOTS names a folder. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.POSTERN_SCREENSHOTS
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  // Hiding the caret would take a style that the pages do not let in.
  await page.screenshot({ path: join(folder, `${name}.png`), caret: 'initial', fullPage: true })
}
