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
