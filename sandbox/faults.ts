import { setBounded } from './bounded.ts'
import { magicNumberFor } from './magic-numbers.ts'
import { asPhone } from './phone.ts'
import type { Channel } from './send-request.ts'

/** A way for a request to go wrong. "Processed" means 8x8 really did it: the message went out, the code was judged. */
export type Fault =
  /** Not processed; this answer. `code` and `body` default to what 8x8 sends with that status; a string `body` goes as text. */
  | StatusFault<'status'>
  /** Processed, then this answer. */
  | StatusFault<'status-after'>
  /** Not processed, and no answer as long as the connection lives. */
  | { readonly kind: 'hang' }
  /** Processed, and no answer as long as the connection lives. */
  | { readonly kind: 'hang-after' }
  /** Processed at once, answered `ms` milliseconds later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Not processed; the connection is destroyed. */
  | { readonly kind: 'drop' }
  /** Processed; the connection is destroyed in the place of an answer. */
  | { readonly kind: 'drop-after' }
  /** Processed; half of the answer under the content-length of the whole, then the connection is destroyed. */
  | { readonly kind: 'truncate' }
  /** 200 with a web page. Processed, unless `processed` is `false`. */
  | { readonly kind: 'html'; readonly processed?: boolean }
  /** 200 with `{}`. Processed, unless `processed` is `false`. */
  | { readonly kind: 'empty-object'; readonly processed?: boolean }
  /** Processed; members of a 200 answer are replaced, `null` removes one. Other answers stay as they are. */
  | { readonly kind: 'merge'; readonly members: Readonly<Record<string, unknown>> }
  /** Processed and answered as always, but the message never arrives; `channels` names the ones that fail, default all. */
  | { readonly kind: 'undelivered'; readonly channels?: readonly Channel[] }

type StatusFault<Kind> = {
  readonly kind: Kind
  /** 200–599. */
  readonly status: number
  readonly code?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A `read` is a check without a code; a `check` fault leaves reads alone. */
export type FaultOperation = 'send' | 'check' | 'read'

/** Which requests go wrong, and how. */
export type FaultScript = {
  readonly operation: FaultOperation
  /** E.164; absent: any number, and requests whose number is unknown. */
  readonly phone?: string
  /** How many requests, `Infinity` or `always` for all of them. Default 1. */
  readonly times?: number | 'always'
  readonly fault: Fault
}

/** What a fault is chosen by. */
export type FaultOccasion = {
  readonly operation: FaultOperation
  readonly subAccountId: string
  readonly phone: string | undefined
  /** The number's session, counted from 1: magic numbers that fail once do so in every session. */
  readonly turn: number
}

export type Faults = ReturnType<typeof createFaults>

/** The scripts that wait for their requests, and the magic numbers. */
export function createFaults() {
  const scripts: { operation: FaultOperation; phone: string | undefined; left: number; fault: Fault }[] = []
  const spentTurns = new Map<string, number>()

  function scripted({ operation, phone }: FaultOccasion): Fault | undefined {
    const script = scripts.find(
      (it) => it.operation === operation && (it.phone === undefined || it.phone === phone),
    )
    if (!script) return undefined
    script.left -= 1
    if (script.left <= 0) scripts.splice(scripts.indexOf(script), 1)
    return script.fault
  }

  function magic({ operation, subAccountId, phone, turn }: FaultOccasion): Fault | undefined {
    const number = phone === undefined ? undefined : magicNumberFor(phone)
    if (number?.operation !== operation) return undefined
    if (number.times === 'always') return number.fault
    const key = `${subAccountId} ${number.phone}`
    if (spentTurns.get(key) === turn) return undefined
    setBounded(spentTurns, key, turn, spentLimit)
    return number.fault
  }

  return {
    add: ({ operation, phone, times = 1, fault }: FaultScript): void => {
      scripts.push({
        operation,
        phone: phone === undefined ? undefined : asPhone(phone),
        left: times === 'always' ? Infinity : times,
        fault,
      })
    },
    /** The fault this request meets, if any; a script comes before a magic number, and is used up by it. */
    take: (occasion: FaultOccasion): Fault | undefined => scripted(occasion) ?? magic(occasion),
    clear: (): void => {
      scripts.length = 0
      spentTurns.clear()
    },
  }
}

const spentLimit = 100_000
