const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']

/** Whoever sends a made-up method puts no word of his own into a label or a trace (OpenTelemetry, HTTP semantics). */
export function knownMethod(method: string): string {
  return METHODS.includes(method) ? method : '_OTHER'
}
