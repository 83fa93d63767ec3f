/** Between two looks at who our parent is. */
const lookEveryMs = 250

/**
 * Aborts when npm has ended and we have not: the shell that npm puts between itself and us dies of a SIGTERM and
 * passes none on, and whoever ends `npm start` would leave everything running. Never aborts without npm, nor on
 * Windows.
 */
export function npmGone(env: NodeJS.ProcessEnv): AbortSignal {
  const gone = new AbortController()
  if (env.npm_lifecycle_event === undefined || process.platform === 'win32') return gone.signal
  const parent = process.ppid
  const look = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(look)
    gone.abort()
  }, lookEveryMs)
  look.unref()
  return gone.signal
}
