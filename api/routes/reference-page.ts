import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Api } from '../middleware/context.ts'

/** `GET /docs`: the OpenAPI document as a page that needs nothing from anywhere else. */
export function referencePage(api: Api): void {
  const files = createFiles()
  api.get('/docs', (c) => c.body(page, 200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }))
  for (const [name, type] of types) {
    api.get(`/docs/${name}`, (c) => c.body(files.read(name), 200, { ...headers, 'Content-Type': type }))
  }
}

const types = [
  ['start.js', 'text/javascript; charset=utf-8'],
  ['page.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
] as const

/** Unlike an answer of the API it runs scripts, but none that stand in the page, and speaks to this host alone. */
const headers = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // swagger-ui.css draws its arrows and locks with data URLs.
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'public, max-age=3600',
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postern: API reference</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<div id="reference"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

/** Without a validator, which would be asked on another host. */
const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
})
`

const style = `body { margin: 0; background: #fafafa }
`

/** Read when first asked for, and kept: a megabyte and a half. */
function createFiles() {
  const read = new Map<string, Uint8Array<ArrayBuffer>>()
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  const own = new Map(Object.entries({ 'start.js': start, 'page.css': style }))
  return {
    read(name: (typeof types)[number][0]) {
      const text = own.get(name)
      const bytes =
        read.get(name) ??
        (text === undefined
          ? new Uint8Array(readFileSync(join(folder, name)))
          : new TextEncoder().encode(text))
      read.set(name, bytes)
      return bytes
    },
  }
}
