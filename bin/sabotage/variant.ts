/** Ways to break Postern's promises, each with the test that must notice. `from` stands in its file exactly once. */
export type Variant = {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** A test file, and the beginning of the title of the test that must turn red. */
  readonly test: string
  readonly title: string
}

/** The file's text with the variant in it; `undefined` when what it replaces does not stand there exactly once. */
export function applied({ from, to }: Variant, text: string): string | undefined {
  const [before, after, ...more] = text.split(from)
  return before === undefined || after === undefined || more.length > 0 ? undefined : before + to + after
}
