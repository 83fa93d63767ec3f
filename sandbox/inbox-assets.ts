import { raw } from 'hono/html'

/** Looks for a newer message every second; the server renders, the script only puts the new list in place. */
export const inboxScript = raw(`
const list = document.getElementById('messages')
let newest = list.dataset.newest
setInterval(async () => {
  try {
    const answer = await fetch('/inbox.json' + location.search)
    const { messages } = await answer.json()
    const found = messages[0]?.id ?? ''
    if (found === newest) return
    const page = await (await fetch(location.href)).text()
    // The list alone: the page's own style has another nonce by now, and would be complained of.
    const part = page.slice(page.indexOf('<ol'), page.indexOf('</ol>'))
    const fresh = new DOMParser().parseFromString(part, 'text/html').getElementById('messages')
    list.replaceChildren(...fresh.children)
    newest = fresh.dataset.newest
  } catch {
    // The sandbox is away for a moment: the next second may find it.
  }
}, 1000)
`)

export const inboxStyle = raw(`
:root { --page: #eef0f4; --ink: #16181d; --soft: #5b6270; --screen: #fff; --bubble: #e9edf5; --frame: #1d2027; --accent: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --page: #0f1115; --ink: #e9ebf0; --soft: #a2a9b8; --screen: #181b21; --bubble: #262b35; --frame: #3a404d; --accent: #8ab4f8; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h1 + p, .none, header, dd { color: var(--soft); }
form { display: grid; grid-template-columns: 1fr auto; gap: 0.25rem 0.5rem; margin-bottom: 1rem; }
label { grid-column: 1 / -1; font-size: 0.875rem; }
input, button { font: inherit; padding: 0.5rem 0.75rem; border: 1px solid var(--soft); border-radius: 0.6rem; background: var(--screen); color: inherit; min-width: 0; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.phone { border: 0.75rem solid var(--frame); border-radius: 2.5rem; background: var(--screen); height: 34rem; overflow: hidden; }
ol { position: relative; list-style: none; margin: 0; padding: 1.5rem 1rem; height: 100%; overflow-y: auto; display: flex; flex-direction: column; gap: 1rem; }
article { background: var(--bubble); border-radius: 1.1rem; border-top-left-radius: 0.25rem; padding: 0.75rem 1rem; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; font-size: 0.8rem; }
time { margin-left: auto; }
article p { margin: 0.4rem 0 0; white-space: pre-line; }
.code { font-size: 1.5rem; letter-spacing: 0.12em; }
code { font-variant-numeric: tabular-nums; user-select: all; }
.none { margin: auto; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
details { margin-top: 1rem; }
dt { font-weight: 600; }
dd { margin: 0 0 0.5rem; }
.framed { background: none; }
.framed main { max-width: none; padding: 0; }
.framed .phone { height: 100dvh; }
`)
