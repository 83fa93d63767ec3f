/**
 * How deep stack traces are in workflow code: preloaded into its sandbox, before the SDK freezes the sandbox's globals.
 *
 * The SDK (1.24) takes a stack trace of every promise, some eighty a login, for the UI’s “Call Stack”; at V8’s depth of
 * ten that is a fifth of what a worker's workflow thread does (docs/bench.md). Two frames are the SDK's own hook, so the
 * “Call Stack” is empty; an error of ours still names the place and who called it, and the story is in the details.
 */
Error.stackTraceLimit = 2
