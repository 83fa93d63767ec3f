/** Files that may change while we run: what they hold, and what a kind of them says as long as it is right. */
import { readFileSync, statSync } from 'node:fs'
import { ConfigError } from './config/parsers.ts'

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
 * Reads a file, and again whenever its path leads to something new, or to what could not be read a look ago. By looking
 * and not by the system's notices: an editor renames another file over it, Kubernetes changes a symlink above it, and a
 * network drive gives no notice.
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
    // What is there and could not be read may be readable by now, and looks as it did.
    const isUnread = text === undefined && now !== undefined
    if (now === seen && !isUnread) return
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

export type Watching<T> = {
  readonly file: string
  /** Of the setting, for the problem of a file that cannot be read. */
  readonly name: string
  /** @throws ConfigError with all that is wrong */
  readonly parse: (text: string) => T
  /** Instead of a file that is not there at the start; left out, that is a problem. */
  readonly absent?: T
  /** Told of each change that was taken, and of each that was not, once for each content. */
  readonly taken: (value: T) => void
  readonly refused: (problems: readonly string[]) => void
}

/**
 * What a file says, and again whenever it has changed. A change that is wrong is not taken: what was right stays.
 *
 * @throws ConfigError when it cannot be read or is wrong at the start
 */
export function watchParsed<T>(
  { file, name, parse, absent, taken, refused }: Watching<T>,
  options: WatchOptions = {},
): { readonly current: () => T; readonly close: () => void } {
  const watch = watchFile(file, options)
  const judge = (text: string | undefined): T => {
    if (text === undefined) throw new ConfigError([`${name} cannot be read`])
    return parse(text)
  }
  let current: T
  try {
    const isNone = absent !== undefined && watch.text === undefined && isAbsent(file)
    current = isNone ? absent : judge(watch.text)
  } catch (error) {
    watch.close()
    throw error
  }
  watch.onChange((text) => {
    try {
      current = judge(text)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      refused(error.problems)
      return
    }
    taken(current)
  })
  return { current: () => current, close: watch.close }
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

/** What is there and cannot be read is not absent. */
function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    return false
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
