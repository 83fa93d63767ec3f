import { Hono } from 'hono'
import { randomBytes } from 'node:crypto'
import { inboxPage } from '../inbox-page.ts'
import type { Sandbox } from '../sandbox.ts'

/**
 * `/inbox` for people and `/inbox.json` for programs: what the phones received, newest first.
 * @param frameAncestors origins whose pages may frame the inbox
 */
export function inboxRoutes(
  { messages }: Pick<Sandbox, 'messages'>,
  frameAncestors: readonly string[] = [],
): Hono {
  const routes = new Hono()
  routes.get('/', (c) => c.redirect('/inbox'))
  routes.get('/inbox.json', (c) => {
    c.header('cache-control', 'no-store')
    return c.json({ messages: found(c.req.query('phone')).slice(0, jsonLimit) })
  })
  routes.get('/inbox', (c) => {
    const phone = c.req.query('phone') ?? ''
    const nonce = randomBytes(16).toString('base64')
    const isFramed = c.req.header('sec-fetch-dest') === 'iframe'
    c.header('cache-control', 'no-store')
    c.header(
      'content-security-policy',
      [
        "default-src 'none'; base-uri 'none'; form-action 'self'; connect-src 'self'",
        `style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`,
        ["frame-ancestors 'self'", ...frameAncestors].join(' '),
      ].join('; '),
    )
    return c.html(inboxPage({ messages: found(phone).slice(0, pageLimit), phone, nonce, isFramed }))
  })
  return routes

  function found(phone = '') {
    return messages(phone.trim() === '' ? undefined : phone)
  }
}

const jsonLimit = 1000
const pageLimit = 50
