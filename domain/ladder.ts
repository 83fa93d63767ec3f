/** What follows when a message does not arrive: a setting of the app, fixed when a login starts. */

export type Ladder = {
  /** `offer`: the app is told that a call may be asked for. `call`: the call is made, as a resend of this login. */
  readonly whenUndelivered: 'nothing' | 'offer' | 'call'
  /** No receipt within this counts as undelivered, in seconds, 10–300; 0, the default: it does not. */
  readonly receiptWaitSeconds: number
}

export const defaultLadder: Ladder = { whenUndelivered: 'offer', receiptWaitSeconds: 0 }
