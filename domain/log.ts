/**
 * What a line of the log may say, by type: ids, counts, times, and words of closed lists. A phone number, a code, a
 * key, an address and a library's message have no field, so a line with one of them does not compile (PII-15).
 */

/** `fields` first, as pino takes them. The message is a sentence of ours. */
export type Log = Readonly<Record<'info' | 'warn' | 'error', LogLine>>
export type LogLine = <F extends object>(fields: F & OnlyKnown<F>, message: string) => void

type OnlyKnown<F> = {
  readonly [name in keyof F]: name extends FieldName ? string | number | readonly string[] | undefined : never
}

type FieldName =
  // A request, and the login that it was about.
  | 'requestId'
  | 'traceId'
  | 'method'
  | 'route'
  | 'status'
  | 'ms'
  | 'app'
  | 'limit'
  | 'loginId'
  | 'workflowId'
  | 'runId'
  // What went wrong: our words for it, the class of an error, places in our own code.
  | 'cause'
  | 'codeClass'
  | 'error'
  | 'frames'
  | 'outcome'
  | 'problems'
  | 'receipt'
  | 'refusal'
  // What it was about, besides a login.
  | 'apps'
  | 'blocks'
  | 'cap'
  | 'channel'
  | 'country'
  | 'endpointId'
  | 'key'
  | 'kids'
  | 'operation'
  // Counts.
  | 'checked'
  | 'lost'
  | 'most'
  | 'percent'
  | 'sent'
  | 'used'
  | 'verified'
  | 'wrong'
