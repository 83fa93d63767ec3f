/** Looks for canaries in bytes, in the spellings in which a value may end up there. */
export type Canary = { readonly what: string; readonly text: string }
export type Place = { readonly name: string; readonly bytes: Uint8Array }
export type Finding = { readonly what: string; readonly spelling: string; readonly place: string }

/** Every canary in every place where it is; the value itself is not in the answer, so that a report may be shared. */
export function findings(places: readonly Place[], canaries: readonly Canary[]): Finding[] {
  return places.flatMap(({ name, bytes }) => {
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return canaries.flatMap(({ what, text }) =>
      Object.entries(spellings(text))
        .filter(([, needle]) => haystack.includes(needle))
        .map(([spelling]) => ({ what, spelling, place: name })),
    )
  })
}

function spellings(text: string): Record<string, Buffer | string> {
  const bytes = Buffer.from(text)
  return {
    plain: bytes,
    utf16: Buffer.from(text, 'utf16le'),
    hex: bytes.toString('hex'),
    url: encodeURIComponent(text),
    ...base64Spellings(bytes),
  }
}

/** Inside of longer base64 a value is spelled in one of three ways, by its offset; without the edges it shares. */
function base64Spellings(bytes: Buffer): Record<string, string> {
  return Object.fromEntries(
    [0, 1, 2].map((offset) => {
      const spelled = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
      return [`base64 + ${offset}`, spelled.slice(offset === 0 ? 0 : 4, -4)]
    }),
  )
}
