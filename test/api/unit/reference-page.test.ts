/** `/docs`: a page that works where nothing but this API can be reached. */
import { describe, expect, test } from 'vitest'
import { given, problemOf } from './harness.ts'

const { request } = given()
const page = await request('/docs')
const html = await page.text()
const references = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path = '']) => path)

test('API-19: the page stands beside the API, for whoever asks', () => {
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
})

test('the page may run scripts and load styles of this host, and nothing of any other', () => {
  const policy = page.headers.get('content-security-policy') ?? ''
  const directives = new Map(
    policy.split('; ').map((each) => [each.split(' ', 1)[0], each.split(' ').slice(1)]),
  )
  expect(directives.get('default-src')).toEqual(["'none'"])
  expect(directives.get('frame-ancestors')).toEqual(["'none'"])
  const sources = [...directives.values()].flat()
  expect([...new Set(sources)].toSorted()).toEqual(["'none'", "'self'", 'data:'])
  expect(directives.get('img-src')).toContain('data:')
  expect(directives.get('script-src')).toEqual(["'self'"])
})

test('the page has no script of its own in it', () => {
  expect(html).not.toMatch(/<script[^>]*>[^<]/)
  expect(html).not.toMatch(/ on\w+=| style=|<style/)
})

describe('what the page refers to', () => {
  test('is four files and an icon', () => {
    expect(references).toHaveLength(5)
  })

  test.each(references)('%s is of this host, and is there', async (path) => {
    expect(path).toMatch(/^\/docs\//)
    const response = await request(path)
    expect(response.status).toBe(200)
    const type = path.endsWith('.js') ? 'javascript' : path.endsWith('.css') ? 'css' : 'png'
    expect(response.headers.get('content-type')).toContain(type)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(20)
  })

  test('loads nothing from elsewhere: the styles name no other host, and the start asks this one for the document', async () => {
    const styles = await (await request('/docs/swagger-ui.css')).text()
    expect([...styles.matchAll(/url\((?!["']?data:)/g)]).toEqual([])
    expect(styles).not.toContain('@import')
    const start = await (await request('/docs/start.js')).text()
    expect(start).toContain("url: '/openapi.json'")
    expect(start).toContain('validatorUrl: null')
    expect(start).not.toMatch(/https?:/)
  })
})

test.each(['/docs/', '/docs/package.json', '/docs/..%2fpackage.json', '/docs/swagger-ui-bundle.js.map'])(
  'nothing else of the package is served: %s',
  async (path) => {
    await problemOf(await request(path), 'not-found')
  },
)

test('API-12: the page’s freedom is the page’s alone', async () => {
  const document = await request('/openapi.json')
  expect(document.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
  expect(document.headers.get('cache-control')).toBe('no-store')
})

test.each(['/metrics', '/codec', '/decode', '/inbox', '/sandbox/behaviour'])(
  'API-19: what is not for callers is on other ports: %s',
  async (path) => {
    await problemOf(await request(path), 'not-found')
  },
)
