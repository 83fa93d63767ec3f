import { styleText } from 'node:util'

/** Where the supervisor writes. Lines of parts carry the part's name, lines of its own `postern:`. */
export type Output = {
  readonly line: (part: string, text: string, stream?: 'stdout' | 'stderr') => void
  readonly say: (text: string, stream?: 'stdout' | 'stderr') => void
}

const colours = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const

/** Writes to our own stdout and stderr; colours the names where that is a terminal that wants colour. */
export function createOutput(parts: readonly string[]): Output {
  const width = Math.max(...parts.map((part) => part.length))
  return {
    line: (part, text, stream = 'stdout') => {
      const colour = colours[Math.max(0, parts.indexOf(part)) % colours.length] ?? 'cyan'
      const name = styleText(colour, `${part.padEnd(width)} |`, { stream: process[stream] })
      process[stream].write(`${name} ${text}\n`)
    },
    say: (text, stream = 'stdout') => void process[stream].write(`${text}\n`),
  }
}
