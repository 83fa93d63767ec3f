/** Hands the proof to this site's server. What the browser believes lets nobody in. */

/** @returns where the user goes on, or nothing when the server does not take the proof */
export async function handOver(assertion: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch('/code/verdict', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ assertion }),
    signal,
  })
  if (answer.status >= 500) throw new Error('The server could not say.')
  if (!answer.ok) return undefined
  const { location } = (await answer.json()) as { readonly location: string }
  return location
}
