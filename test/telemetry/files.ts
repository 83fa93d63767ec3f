/** docs/metrics.md and the files of deploy/observability/, taken apart as far as tests can hold them to each other. */
import { pageAt, read, rowsOf } from '../docs/pages.ts'

const page = pageAt('docs/metrics.md')
const bare = (cell: string) => cell.replaceAll('`', '')

export type DocumentedMetric = {
  readonly name: string
  readonly kind: string
  readonly labels: readonly string[]
  readonly of: readonly string[]
}

/** The rows of the table "What". */
export const documented: readonly DocumentedMetric[] = rowsOf(page).flatMap(
  ([name = '', kind = '', labels = '', of = '']) =>
    /^`\w+`$/.test(name) && /^(API|worker)(, worker)?$/.test(of)
      ? [{ name: bare(name), kind, labels: bare(labels).split(', ').filter(Boolean), of: of.split(', ') }]
      : [],
)

export type Alert = {
  readonly name: string
  readonly text: string
  readonly severity: string | undefined
  readonly runbook: string | undefined
}

const rules = read('deploy/observability/alerts.yaml')

/** Of alerts.yaml, in their order. */
export const alerts: readonly Alert[] = rules.split(/^ {6}- /m).flatMap((text) => {
  const name = /^alert: (\w+)$/m.exec(text)?.[1]
  const severity = /^ +severity: (\w+)$/m.exec(text)?.[1]
  const runbook = /^ +runbook: (\S+)$/m.exec(text)?.[1]
  return name === undefined ? [] : [{ name, text, severity, runbook }]
})

/** What alerts.yaml makes of other metrics. */
export const recorded = [...rules.matchAll(/^ +- record: (\S+)$/gm)].map(([, name = '']) => name)

/** Alerts as the page's last table tells them: name and severity. */
export const toldAlerts = rowsOf(page).flatMap(([name = '', severity = '']) =>
  /^`Postern\w+`$/.test(name) ? [`${bare(name)} ${severity}`] : [],
)

type Panel = { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }
export const panels = (
  JSON.parse(read('deploy/observability/dashboard.json')) as { panels: readonly Panel[] }
).panels

/** Names of metrics in PromQL, without the endings that a histogram adds. */
export function metricsIn(text: string): readonly string[] {
  const code = text.replaceAll(/^ *(#|summary:|description:|runbook:).*$/gm, '')
  const names = code.match(/\b(postern|http_server|temporal|nodejs|process)(_|:)[\w:]+/g) ?? []
  return [...new Set(names.map((name) => name.replace(/_seconds_(bucket|sum|count)$/, '_seconds')))]
}

export const ruleText = rules
