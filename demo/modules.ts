/**
 * The page's script and the client that it uses, served as they are written: browsers take everything but the types,
 * and Node takes those out (its warning that this is experimental is switched off in `npm run demo`). A bundler would
 * save a few requests, and stand between this source and what is read in the browser's tools.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import type { Hono } from 'hono'
import { etag } from 'hono/etag'

/** Goes into a page's `<script type="importmap">`: the only name that is no path. */
export const importMap = JSON.stringify({ imports: { ky: '/modules/ky/index.js' } })

/**
 * `GET /demo/browser/*.ts`, `/client/*.ts`, `/modules/ky/*.js`: each file that is there now is a route of its own, so
 * that no path from an address is ever looked up on the disk.
 *
 * @throws the error of `node:fs` or of Node's parser: a page without its script is of no use
 */
export function serveModules(app: Hono): void {
  for (const [path, text] of readModules()) {
    app.get(path, etag(), (c) => {
      // Asked for anew each time, and answered with 304: a newer script must not meet an older client.
      c.header('cache-control', 'no-cache')
      c.header('content-type', 'text/javascript; charset=utf-8')
      return c.body(text)
    })
  }
}

function readModules(): ReadonlyMap<string, string> {
  const kyFolder = dirname(createRequire(import.meta.url).resolve('ky'))
  const kyFiles = readdirSync(kyFolder, { recursive: true, encoding: 'utf8' })
  return new Map([
    ...['demo/browser', 'client'].flatMap(readFolder),
    ...kyFiles
      .filter((name) => name.endsWith('.js'))
      .map((name) => [`/modules/ky/${name}`, readFileSync(join(kyFolder, name), 'utf8')] as const),
  ])
}

/** @param folder of this repository */
function readFolder(folder: string): (readonly [string, string])[] {
  const at = join(import.meta.dirname, '..', folder)
  return readdirSync(at)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map(
      (name) => [`/${folder}/${name}`, stripTypeScriptTypes(readFileSync(join(at, name), 'utf8'))] as const,
    )
}
