/** Reads server-sent events (WHATWG HTML, 9.2.6), as far as Postern sends them. */

/** One message; a stream may also say how long to wait before coming back. */
export type Message =
  { readonly kind: 'event'; readonly data: string } | { readonly kind: 'retry'; readonly retryMs: number }

/**
 * @param body of an answer
 * @param onBytes called for all that comes, comments included: the connection lives
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<Message, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const takeText = createParser()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      onBytes()
      yield* takeText(decoder.decode(value, { stream: true }))
    }
  } finally {
    // The stream may have broken, and then there is nothing to cancel.
    await reader.cancel().catch(() => undefined)
  }
}

/** Takes a stream piece by piece, however it is cut. */
export function createParser(): (text: string) => readonly Message[] {
  let rest = ''
  let data: string[] = []

  function takeLine(line: string): readonly Message[] {
    if (line === '') {
      const lines = data
      data = []
      return lines.length === 0 ? [] : [{ kind: 'event', data: lines.join('\n') }]
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (field === 'data') data.push(value)
    return field === 'retry' && /^\d{1,7}$/.test(value) ? [{ kind: 'retry', retryMs: Number(value) }] : []
  }

  return function takeText(text) {
    // A CR at the end of a piece may be the first half of a line end.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    return lines.flatMap(takeLine)
  }
}
