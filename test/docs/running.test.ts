/** docs/running.md, SECURITY.md and CHANGELOG.md: what they name exists, and the numbers are those of the code. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { holes, LEAST_FOR_VERSIONS, LEAST_SAFE } from '../../bin/check-setup/server-version.ts'
import { requestTimeouts } from '../../platform/request-timeouts.ts'
import { DEPLOYMENT_NAME } from '../../platform/worker-version.ts'
import { registerSearchAttributes } from '../../platform/temporal.ts'
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts'
import {
  anchorsOf,
  blocksOf,
  pageAt,
  pages,
  proseOf,
  read,
  relativeLinksOf,
  root,
  sectionsOf,
  spansOf,
  type Page,
} from './pages.ts'

const page = pageAt('docs/running.md')
const sections = sectionsOf(page)
const security: Page = { path: 'SECURITY.md', text: read('SECURITY.md') }
const changelog: Page = { path: 'CHANGELOG.md', text: read('CHANGELOG.md') }

const alerts = z
  .object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            alert: z.string().optional(),
            annotations: z.object({ runbook: z.string() }).optional(),
          }),
        ),
      }),
    ),
  })
  .parse(parse(read('deploy/observability/alerts.yaml')))
  .groups.flatMap(({ rules }) => rules)
  .flatMap(({ alert, annotations }) =>
    alert === undefined ? [] : [{ alert, runbook: annotations?.runbook ?? 'none' }],
  )

describe('an alert finds its page:', () => {
  test.each(alerts)('$alert at $runbook', ({ alert, runbook }) => {
    const [file, anchor = ''] = runbook.split('#')
    expect(file).toBe(page.path)
    const [heading = ''] = [...sections.keys()].filter((one) => anchorOf(one) === anchor)
    expect(sections.get(heading)).toContain(`\`${alert}\``)
  })

  test('and the page names no alert that there is not', () => {
    const named = spansOf(page).filter(
      (span) => /^Postern[A-Z0-9]\w+$/.test(span) && !isSearchAttribute(span),
    )
    expect(new Set(named)).toEqual(new Set(alerts.map(({ alert }) => alert)))
  })
})

test('the headings that alerts lead to stand as agreed', () => {
  for (const heading of [
    'Pumping',
    '8x8 is away',
    'Temporal is away',
    'No worker',
    'Webhooks are not taken',
    'Keys',
    'Errors of ours',
  ]) {
    expect([...sections.keys()]).toContain(heading)
  }
})

describe('a variable that it names is one:', () => {
  const ours = [...read('.env.example').matchAll(/^# ([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name)
  const compose = [...read('deploy/compose.yaml').matchAll(/\b([A-Z][A-Z0-9_]+)\b/g)].map(
    ([, name = '']) => name,
  )
  const envconfig = read('node_modules/@temporalio/envconfig/lib/envconfig-toml.js')
  const named = [...new Set([...spansOf(page), ...spansOf(security)])].flatMap((span) =>
    [...span.matchAll(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g)].map(([name]) => name),
  )
  /** Answers of Temporal's, not settings. */
  const statuses = ['RESOURCE_EXHAUSTED']

  test('there are some', () => {
    expect(named.length).toBeGreaterThan(20)
  })

  test.each([...new Set(named)].filter((name) => !statuses.includes(name)))('%s', (name) => {
    expect(ours.includes(name) || compose.includes(name) || envconfig.includes(name)).toBe(true)
  })
})

test('OPS-5: the table of keys has every secret of .env.example', () => {
  const keys = sections.get('Keys') ?? ''
  const secrets = [
    ...read('.env.example').matchAll(
      /^# ([A-Z_]*(?:KEY|KEYS|SECRET|TOKEN|AUTHORIZATION|SIGNING_KEYS_FILE))=/gm,
    ),
  ].map(([, name = '']) => name)
  expect(secrets.length).toBeGreaterThan(8)
  for (const name of secrets) expect(keys).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, 'm'))
})

test('OPS-5: and every secret that deploy/new-secrets.sh makes', () => {
  const keys = sections.get('Keys') ?? ''
  const [, made = ''] = read('deploy/new-secrets.sh').split('# --- Made by deploy/new-secrets.sh\n')
  const secrets = [...made.matchAll(/^([A-Z_]+)=/gm)].map(([, name = '']) => name)
  expect(secrets).toContain('POSTGRES_PASSWORD')
  for (const name of secrets) expect(keys).toMatch(new RegExp(`^\\|[^|]*\`${name}\``, 'm'))
})

test('OPS-5: the password of the database is changed there before the file that names it', () => {
  const keys = sections.get('Keys') ?? ''
  const restore = sections.get('Backup and restore') ?? ''
  const steps = /^- `POSTGRES_PASSWORD`: .*$/m.exec(keys)?.[0] ?? ''
  const places = ['ALTER USER', '`deploy/.env`', 'up --detach'].map((step) => steps.indexOf(step))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)
  expect(restore).toContain('[`ALTER USER`](#keys)')
})

describe('a metric that it names is told:', () => {
  const metrics = spansOf(page).filter((span) => /^(postern|http_server|temporal)_[a-z0-9_]+$/.test(span))
  const known =
    read('docs/metrics.md') +
    read('deploy/observability/alerts.yaml') +
    read('deploy/observability/dashboard.json')
  test.each([...new Set(metrics)].filter((name) => name !== 'temporal_visibility'))('%s', (name) => {
    expect(known.includes(name)).toBe(true)
  })
})

describe('a line of the log that it quotes is written:', () => {
  const code = [
    'worker.ts',
    'api/problem.ts',
    'api/assertion.ts',
    'activities/deliver-event.ts',
    'platform/codec/encryption.ts',
    'platform/limits/conversion.ts',
    'platform/part.ts',
  ]
    .map(read)
    .join('\n')
  const prose = proseOf(page)
    .replace(/^ +```.*?^ +```$/gms, '')
    .replace(/`[^`\n]+`/g, '')
  const quoted = [...prose.matchAll(/"([^"\n]+)"/g)].map(([, line = '']) => line)

  test('some are quoted', () => {
    expect(quoted.length).toBeGreaterThan(5)
  })

  test.each([...quoted, 'cannot go on', 'unexpected error'])('%s', (line) => {
    expect(code.includes(line)).toBe(true)
  })
})

describe('its numbers are those of the code:', () => {
  test('OPS-1: the versions of Temporal that must not carry logins', () => {
    const temporal = sections.get('Temporal') ?? ''
    for (const { cve, fixed } of holes) {
      expect(temporal).toContain(cve)
      expect(fixed.length).toBeGreaterThan(0)
    }
    for (const version of [LEAST_FOR_VERSIONS, LEAST_SAFE, '1.30.4']) expect(temporal).toContain(version)
  })

  test('OPS-6, OPS-10: how long calls take, and how long a part is given to stop', () => {
    expect(read('worker.ts')).toContain('SHUTDOWN_GRACE_MS = 15_000')
    expect(sections.get('Stopping')).toContain('15 s at most')
    expect(read('activities/eight-by-eight/client.ts')).toContain(
      'sendTimeoutMs = 10_000, checkTimeoutMs = 5_000, connectTimeoutMs = 2_000',
    )
    expect(sections.get('Stopping')).toContain('connects within 2 s, a send takes 10 s, a check 5 s')
    const { headersTimeout, requestTimeout } = requestTimeouts()
    expect([headersTimeout, requestTimeout]).toEqual([10_000, 20_000])
    expect(sections.get('Stopping')).toContain('10 s for the headers and 20 s for the whole of a request')
    const grace = [...read('deploy/compose.yaml').matchAll(/stop_grace_period: (\d+)s/g)].map(([, s]) =>
      Number(s),
    )
    expect(Math.min(...grace)).toBe(45)
    expect(sections.get('Stopping')).toContain('Give both 45 s')
  })

  test('the search attributes and the deployment', () => {
    const commands = blocksOf(page)
      .map(({ text }) => text)
      .join('\n')
    const [, command = ''] = registerSearchAttributes('postern', SEARCH_ATTRIBUTES).split('search-attribute')
    expect(commands).toContain(`search-attribute${command}`)
    expect(commands).toContain(`--deployment-name ${DEPLOYMENT_NAME} `)
    const { version } = JSON.parse(read('package.json')) as { readonly version: string }
    expect(commands).toContain(`--build-id ${version} `)
    expect(read('deploy/compose.yaml')).toContain(`\${POSTERN_VERSION:-${version}}`)
  })
})

test('the commands of its first block name what is there', () => {
  const [block] = blocksOf(page)
  const { services } = z
    .object({ services: z.record(z.string(), z.unknown()) })
    .parse(parse(read('deploy/compose.yaml'), { merge: true }))
  for (const [, name = ''] of block?.text.matchAll(/run --rm ([\w-]+)/g) ?? [])
    expect(services).toHaveProperty(name)
  for (const [file] of block?.text.matchAll(/deploy\/[\w.-]+\.(sh|yaml)/g) ?? []) {
    expect(existsSync(join(root, file))).toBe(true)
  }
})

describe('a link of SECURITY.md and CHANGELOG.md leads somewhere', () => {
  const links = [security, changelog].flatMap((from) =>
    relativeLinksOf(from).map((target) => ({ from: from.path, target })),
  )
  test.each(links)('$from: $target', ({ from, target }) => {
    const [file = '', anchor] = target.split('#')
    const path = normalize(join(dirname(from), file))
    expect(existsSync(join(root, path))).toBe(true)
    if (anchor !== undefined) expect(anchorsOf(pageAt(path))).toContain(anchor)
  })
})

test('an npm command of SECURITY.md and CHANGELOG.md exists', () => {
  const { scripts } = JSON.parse(read('package.json')) as {
    readonly scripts: Readonly<Record<string, string>>
  }
  const commands = [security, changelog].flatMap((from) =>
    spansOf(from).flatMap((span) => [...span.matchAll(/^npm run ([\w:-]+)/g)].map(([, name = '']) => name)),
  )
  expect(commands.length).toBeGreaterThan(3)
  for (const name of commands) expect(scripts).toHaveProperty(name)
})

test('CHANGELOG.md has an entry for the version of package.json, and one for what comes', () => {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string }
  const headings = [...changelog.text.matchAll(/^## \[([^\]]+)\]/gm)].map(([, name]) => name)
  expect(headings[0]).toBe('Unreleased')
  expect(headings[1]).toBe(version)
})

test('LICENSE is the licence that package.json names', () => {
  const { license } = JSON.parse(read('package.json')) as { readonly license: string }
  expect(read('LICENSE')).toMatch(
    new RegExp(`^${license} License\n\nCopyright \\(c\\) 2026 The Postern authors`),
  )
})

test('the page is found from others', () => {
  const elsewhere = [...pages, security, changelog].filter(({ path }) => path !== page.path)
  expect(elsewhere.some((one) => one.text.includes('running.md'))).toBe(true)
})

const isSearchAttribute = (name: string) => (SEARCH_ATTRIBUTES as readonly string[]).includes(name)

function anchorOf(heading: string): string {
  return anchorsOf({ path: '', text: `## ${heading}` })[0] ?? ''
}
