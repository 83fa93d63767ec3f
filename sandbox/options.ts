import { z } from 'zod'

/** What 8x8 leaves undocumented, or documents two ways; each switch may be turned while the sandbox runs. */
export type Behaviour = {
  /** `resetSession: true` on a live session answers with another session id; the old id is then 404. Default `true`. */
  readonly resetGivesNewSessionId: boolean
  /** `resetSession: false` moves `expiresAt` to a full validity from now. Default `true`. */
  readonly resendExtendsValidity: boolean
  /** One session id per sub-account and number for ever: after a reset and after a final status too. Default `false`. */
  readonly sharedSession: boolean
  /** What a check or read of an already VERIFIED session says; `verified` says so even to a wrong code. Default `verified`. */
  readonly afterVerified: 'verified' | 'waiting' | 'not-found'
  /** `destination` in v2 answers: `+6591234567`, `6591234567`, or each in turn. Default `alternate`. */
  readonly destinationStyle: 'plus' | 'plain' | 'alternate'
  /** Digits of a v1 code when the request has no `codeLength`, 3–10. Default 4. */
  readonly v1CodeLength: number
  /** Smallest accepted values in seconds; 8x8's own are the defaults, 30 and 10. Tests may use 1. */
  readonly minimums: { readonly codeValidity: number; readonly resendingInterval: number }
  readonly receipts: {
    /** `false`: nobody is told what becomes of a message. Default `true`. */
    readonly posted: boolean
    /** How often each receipt comes, 1–100. Default 1. */
    readonly copies: number
    /** `reversed`: what happened last is told first. Default `usual`. */
    readonly order: 'usual' | 'reversed'
    /** Before the first receipt and between two, in milliseconds, up to 48 hours. Default 500. */
    readonly delayMs: number
  }
}

/** A partial `Behaviour`; what is absent stays as it is. */
export type BehaviourChange = Partial<Omit<Behaviour, 'minimums' | 'receipts'>> & {
  readonly minimums?: Partial<Behaviour['minimums']>
  readonly receipts?: Partial<Behaviour['receipts']>
}

/** Where receipts of every message go: http or https, and what the header `Authorization` says there. */
export type Webhook = { readonly url: string; readonly authorization?: string }

/** How to make a sandbox: its switches, and what a test or a process fixes once. */
export type SandboxOptions = BehaviourChange & {
  /** The one bearer key that is accepted. Default `sandbox-key`. */
  readonly apiKey?: string
  /** The clock, in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Saved templates a `templateKey` may name: key → text with `{code}`. Default none, so every key is refused. */
  readonly templates?: Readonly<Record<string, string>>
  /** The account's webhook; default none, so that only a send's own `callbackUrl` is told. */
  readonly webhook?: Webhook
  /** Origins whose pages may show the inbox in a frame, besides the sandbox's own. Default none. */
  readonly frameAncestors?: readonly string[]
  /** Waits before a receipt that was not taken comes again, in milliseconds. Default 1, 10, 30 and 90 s [D]. */
  readonly receiptRetryMs?: readonly number[]
  /** How long a receipt waits for its answer, in milliseconds. Default 5000. */
  readonly receiptTimeoutMs?: number
}

/** 8x8's documented behaviour, and our best guess where there is none. */
export const defaultBehaviour: Behaviour = {
  resetGivesNewSessionId: true,
  resendExtendsValidity: true,
  sharedSession: false,
  afterVerified: 'verified',
  destinationStyle: 'alternate',
  v1CodeLength: 4,
  minimums: { codeValidity: 30, resendingInterval: 10 },
  receipts: { posted: true, copies: 1, order: 'usual', delayMs: 500 },
}

/** The body of `PATCH /sandbox/behaviour`. */
export const behaviourChangeSchema: z.ZodType<BehaviourChange> = z.strictObject({
  resetGivesNewSessionId: z.boolean().exactOptional(),
  resendExtendsValidity: z.boolean().exactOptional(),
  sharedSession: z.boolean().exactOptional(),
  afterVerified: z.enum(['verified', 'waiting', 'not-found']).exactOptional(),
  destinationStyle: z.enum(['plus', 'plain', 'alternate']).exactOptional(),
  v1CodeLength: z.int().min(3).max(10).exactOptional(),
  minimums: z
    .strictObject({
      codeValidity: z.int().min(1).max(7200).exactOptional(),
      resendingInterval: z.int().min(1).max(7200).exactOptional(),
    })
    .exactOptional(),
  receipts: z
    .strictObject({
      posted: z.boolean().exactOptional(),
      copies: z.int().min(1).max(100).exactOptional(),
      order: z.enum(['usual', 'reversed']).exactOptional(),
      delayMs: z.int().min(0).max(172_800_000).exactOptional(),
    })
    .exactOptional(),
})
