import { readFileSync, statSync } from 'node:fs'

export type WatchOptions = {
  /** Between two looks at the file, in milliseconds. Default 1000. */
  readonly everyMs?: number
}

export type WatchedFile = {
  /** As it was first; `undefined` when it could not be read. */
  readonly text: string | undefined
  /** Called with each content that differs from the last one; `undefined` when it can be read no more. */
  onChange(listener: (text: string | undefined) => void): void
  readonly close: () => void
}

/**
 * Reads a file, and again whenever its path leads to something new. By looking and not by the system's notices: an
 * editor renames another file over it, Kubernetes changes a symlink above it, and a network drive gives no notice.
 *
 * The timer keeps no process alive.
 */
export function watchFile(path: string, { everyMs = 1000 }: WatchOptions = {}): WatchedFile {
  const listeners: ((text: string | undefined) => void)[] = []
  let seen = look(path)
  let text = read(path)
  const given = text
  const timer = setInterval(() => {
    const now = look(path)
    if (now === seen) return
    seen = now
    const next = read(path)
    if (next === text) return
    text = next
    for (const listener of listeners) listener(next)
  }, everyMs)
  timer.unref()
  return {
    text: given,
    onChange: (listener) => void listeners.push(listener),
    close: () => clearInterval(timer),
  }
}

/** What differs after a change, permissions included; taken before the content is read, so that a change between the two is seen next. */
function look(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join()
  } catch {
    return undefined
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
