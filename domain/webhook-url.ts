/** Which URLs a message may be posted to, as far as their text tells. Where the name leads is looked at before each attempt. */

const MOST_CHARACTERS = 2048
/** 443 is left out of a URL's text. */
const productionPorts = ['', '8443']

/** What production asks, in the words of the settings. */
export const CALLABLE_SAID = `https at port 443 or 8443 in production, without credentials and of at most ${MOST_CHARACTERS} characters`

/**
 * The URL that `text` is, if a message may be posted to it.
 *
 * @param mayStayInside outside production: http as well, and any port
 */
export function parseWebhookUrl(text: string, mayStayInside: boolean): URL | undefined {
  const url = URL.parse(text)
  if (url === null || text.length > MOST_CHARACTERS || url.username + url.password !== '') return undefined
  if (mayStayInside) return /^https?:$/.test(url.protocol) ? url : undefined
  return url.protocol === 'https:' && productionPorts.includes(url.port) ? url : undefined
}
