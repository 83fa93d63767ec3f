/** The inbox in a frame of another origin's page, as the demo shows it, in a real browser. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startBrowser } from '../support/chromium.ts'
import { given } from './harness.ts'

test('a framed inbox fits, scrolls the messages only, and takes in a new one', async () => {
  const demo = await aFramingPage()
  const { url, send, code } = await given({ frameAncestors: [demo.url] })
  demo.frame(url)
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  await page.goto(demo.url)
  const inbox = page.frameLocator('iframe')
  await inbox.getByText('No messages yet.').waitFor()
  for (let sent = 0; sent < 8; sent++) await send({ resetSession: true, destination: `+659123456${sent}` })
  await inbox.getByText(code('+6591234567'), { exact: true }).waitFor()
  const sizes: unknown = await page.frame({ url: `${url}/inbox` })?.evaluate(`(() => {
    const [root, list] = ['html', 'ol'].map((name) => document.querySelector(name))
    return {
      isPageScrolled: root.scrollHeight > root.clientHeight || root.scrollWidth > root.clientWidth,
      isListScrolled: list.scrollHeight > list.clientHeight,
      isListCut: list.scrollWidth > list.clientWidth,
    }
  })()`)
  expect(sizes).toEqual({ isPageScrolled: false, isListScrolled: true, isListCut: false })
})

test('a framed inbox is not shown to a page that is not named', async () => {
  const demo = await aFramingPage()
  const { url } = await given()
  demo.frame(url)
  const browser = await startBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
  await page.goto(demo.url)
  expect((await refused).type()).toBe('error')
  expect(await page.frameLocator('iframe').locator('main').count()).toBe(0)
})

/** A page of another origin, with the inbox in a narrow frame. */
async function aFramingPage() {
  let sandboxUrl = ''
  const server = createServer((_request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><iframe width="300" height="480" src="${sandboxUrl}/inbox"></iframe>`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const frame = (url: string) => (sandboxUrl = url)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, frame }
}
