import { html } from 'hono/html'

/** Of an input: what is read with it, its error first. The focus goes where something is to be put right. */
export function described(id: string, problem: string | undefined) {
  if (problem === undefined) return html`aria-describedby="${id}-help"`
  return html`aria-invalid="true" aria-describedby="${id}-error ${id}-help" autofocus`
}

/** The sentence below its field. */
export function fieldError(id: string, problem: string | undefined) {
  return problem === undefined ? '' : html`<p class="error" id="${id}-error">${problem}</p>`
}

/** What stands in the way, above the form: read out at once, since the page is new. */
export function alert(problem: string | undefined) {
  return problem === undefined ? '' : html`<p class="error" role="alert" id="problem">${problem}</p>`
}
