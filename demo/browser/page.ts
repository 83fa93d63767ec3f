/** What the server wrote into the page for its script. */

export type Given = {
  readonly posternUrl: string
  readonly loginId: string
  readonly clientToken: string
  readonly purpose: 'login' | 'enrolment'
  readonly codeLength: number
  /** The server's clock when it made the page, ISO 8601. */
  readonly now: string
}

export function readGiven(): Given {
  return JSON.parse(find('login', HTMLScriptElement).text) as Given
}

/** @throws Error when the page has no such element */
export function find<E extends Element>(id: string, kind: new () => E): E {
  const element = document.getElementById(id)
  if (!(element instanceof kind)) throw new Error(`The page has no ${kind.name} called ${id}.`)
  return element
}
