import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { etag } from 'hono/etag'

/** `GET /style.css`. */
export function style(app: Hono): void {
  const text = readFileSync(join(import.meta.dirname, '../style.css'), 'utf8')
  app.get('/style.css', etag(), (c) => {
    c.header('cache-control', 'no-cache')
    c.header('content-type', 'text/css; charset=utf-8')
    return c.body(text)
  })
}
