/** What an endpoint for Prometheus says, line by line (Prometheus text format 0.0.4). */
export type Scraped = {
  /** What `# TYPE` says, by name. */
  readonly kinds: ReadonlyMap<string, string>
  readonly samples: readonly Sample[]
}

export type Sample = {
  /** With the ending of a histogram's part, as it stands there. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export async function scrape(url: string): Promise<Scraped> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return parseExposition(await answer.text())
}

export function parseExposition(text: string): Scraped {
  const kinds = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(
    ([, name = '', kind = '']) => [name, kind] as const,
  )
  const samples = [...text.matchAll(/^([a-z]\w*)(?:\{(.*)\})? (\S+)$/gm)].map(
    ([, name = '', labels = '', value]) => ({ name, labels: parseLabels(labels), value: Number(value) }),
  )
  return { kinds: new Map(kinds), samples }
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}

/** The sum of the samples of this name that have these labels. */
export function valueOf({ samples }: Scraped, name: string, labels: Readonly<Record<string, string>> = {}) {
  return samples
    .filter(
      (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0)
}

/** The names of the labels of a metric, histograms' own `le` left out, in the order of the alphabet. */
export function labelsOf({ samples }: Scraped, metric: string): readonly string[] {
  const own = samples.filter(
    ({ name }) => name.replace(/_(bucket|sum|count)$/, '') === metric || name === metric,
  )
  return [...new Set(own.flatMap(({ labels }) => Object.keys(labels)))].filter((name) => name !== 'le').sort()
}
