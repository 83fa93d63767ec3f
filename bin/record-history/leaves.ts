/** Single values: what may stay as it is, because of what it looks like in its place, and what is replaced. */
import { isArray, isObject, type Json } from '../replay/json.ts'
import { eventPrefix, loginIdOf } from '../../domain/login.ts'
import { DELIVERY_QUEUE, endpointQueue } from '../../domain/webhook.ts'
import { DEPLOYMENT_NAME } from '../../platform/worker-version.ts'
import { TASK_QUEUE } from '../../workflows/messages.ts'
import { isFact } from './leftovers.ts'
import type { Kind, Replace } from './replacements.ts'
import { signals } from './shapes.ts'

/**
 * What stays if it looks its part, and is replaced as `text` if it does not. `fact`: a number, a time, a duration, an
 * enumerated value of the protocol. `name`: an identifier in our code. `signal`: one that we take. `word`: of one of our
 * lists, such as `too_many_attempts` and `budget_interval`. `message` and `summary`: texts that our code makes.
 *
 * `none` becomes empty. Of an `event` id the login's is replaced; every other kind is replaced as a whole.
 */
export type Leaf = keyof typeof kept | 'none' | 'event' | Kind

const messages = [
  'Encoded failure',
  '8x8 was not asked: [a-z_]+',
  'this login was reset by an operator; nothing is sent or checked',
  'the activity failed unexpectedly',
  'activity [a-zA-Z]+ timeout',
  'Temporal did not take every delivery',
  'nothing was posted: Temporal did not say whether the endpoint is disabled',
]

const summaries = [
  '(SMS|Voice call) to ••\\d\\d(, the same code again)?',
  '(before )?attempt \\d+ of \\d+',
  '(code expires|a receipt is awaited until|a call may be made from) \\d\\d:\\d\\d:\\d\\d UTC',
  'until the number may be sent to again',
  'an operator clears the number',
  'webhooks',
  '(login\\.[a-z_]+|webhook\\.test) → [a-z0-9-]+',
  'webhook endpoint [a-z0-9-]+ (fails|is disabled: it (answered 410|took nothing for too long))',
]
/** What stands before an endpoint's name in a summary, and the name. */
const endpointIn = /(→ |webhook endpoint )([a-z0-9-]+)/

const patterns = {
  name: /^[A-Za-z][A-Za-z:_-]{0,59}$/,
  word: /^(?!.*\d{3})[a-z0-9][a-z0-9_.:\- ]{0,39}$/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  version: /^\d+\.\d+\.\d+$/,
  message: new RegExp(`^(${messages.join('|')})$`),
  summary: new RegExp(`^(${summaries.join('|')})$`),
}

const kept = {
  fact: (value: Json) => typeof value === 'number' || typeof value === 'boolean' || isText(value, isFact),
  number: (value: Json) => typeof value === 'number',
  flag: (value: Json) => typeof value === 'boolean',
  name: looksLike('name'),
  signal: (value: Json) => isText(value, (text) => Object.hasOwn(signals, text)),
  word: looksLike('word'),
  time: looksLike('time'),
  version: looksLike('version'),
  message: looksLike('message'),
  summary: looksLike('summary'),
} as const

/** One value in the place of `leaf`. Nothing (null, an empty text) stays nothing. */
export function scrubLeaf(leaf: Leaf, value: Json, replace: Replace): Json {
  if (value === null || value === '') return value
  if (leaf === 'none') return ''
  if (leaf === 'summary' && typeof value === 'string' && kept.summary(value)) {
    return value
      .replace(/••\d\d/, (tail) => replace('tail', tail))
      .replace(endpointIn, (_, before: string, endpoint: string) => before + replace('endpoint', endpoint))
  }
  if (leaf in kept) return kept[leaf as keyof typeof kept](value) ? value : scrubUnknown(value, replace)
  return typeof value === 'string'
    ? scrubText(leaf as 'event' | Kind, value, replace)
    : scrubUnknown(value, replace)
}

/** A value that nobody has spoken for: its form stays, for the code that looks at it, and nothing else. */
export function scrubUnknown(value: Json, replace: Replace): Json {
  if (typeof value === 'string') return value === '' ? '' : replace('text', value)
  if (typeof value === 'number') return 0
  if (isArray(value)) return value.map((element) => scrubUnknown(element, replace))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => scrubMember(name, member, replace)))
}

/** A member that nobody has spoken for; its name may be somebody's too. */
export function scrubMember(name: string, value: Json, replace: Replace): [string, Json] {
  return [patterns.name.test(name) ? name : replace('text', name), scrubUnknown(value, replace)]
}

/** `event:{event}:{endpoint}`, `endpoint:{endpoint}` and `failing:{endpoint}`, which the code makes of their parts. */
const ofWebhooks = /^(event(?=:evt_)|endpoint|failing):(?:(evt_[^:]+):)?([a-z0-9-]+)$/

/** What is made of other originals is taken apart, so that these are replaced in it as they are elsewhere. */
function scrubText(kind: 'event' | Kind, text: string, replace: Replace): string {
  switch (kind) {
    case 'event': {
      const loginId = loginIdOf(text)
      if (loginId === undefined) return replace('text', text)
      const sequence = text.slice(eventPrefix(loginId).length)
      return `${eventPrefix(replace('login', loginId))}${sequence}`
    }
    case 'update': {
      const [, id, run, end = ''] = /^((?:after:(.+?))|.+?)(\/request)?$/.exec(text) ?? []
      if (run !== undefined) return `after:${run === 'none' ? run : replace('run', run)}${end}`
      return `${replace('update', id ?? text)}${end}`
    }
    case 'code':
      return replace(/^\d+$/.test(text) ? 'code' : 'text', text)
    case 'phone':
      return replace(/^\+\d+$/.test(text) ? 'phone' : 'text', text)
    case 'workflow': {
      const [, kind, event, endpoint] = ofWebhooks.exec(text) ?? []
      if (!kind || !endpoint) return replace('workflow', text)
      const about = event === undefined ? '' : `${scrubText('event', event, replace)}:`
      return `${kind}:${about}${replace('endpoint', endpoint)}`
    }
    case 'queue': {
      if (text === TASK_QUEUE || text === DELIVERY_QUEUE) return text
      const endpoint = text.startsWith(endpointQueue('')) ? text.slice(endpointQueue('').length) : ''
      return endpoint === '' ? replace('queue', text) : endpointQueue(replace('endpoint', endpoint))
    }
    case 'deployment':
      return text === DEPLOYMENT_NAME ? text : replace('deployment', text)
    default:
      return replace(kind, text)
  }
}

function looksLike(what: keyof typeof patterns) {
  return (value: Json) => isText(value, (text) => patterns[what].test(text))
}

function isText(value: Json, isSuch: (text: string) => boolean): boolean {
  return typeof value === 'string' && isSuch(value)
}
