/**
 * The payload codec: everything that Temporal stores for us, and cannot be searched by, is sealed before it leaves the
 * process. AES-256-GCM, a random IV of 96 bits for each payload, a tag of 128 bits (NIST SP 800-38D).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ApplicationFailure, type Payload, type PayloadCodec } from '@temporalio/common'
import proto from '@temporalio/proto'
import { NOT_DONE } from '../../domain/effect-failures.ts'
import type { KeyRing } from './key-ring.ts'

export type EncryptionOptions = {
  readonly keys: KeyRing
  /** The Temporal namespace; a payload that was moved to another one does not open. */
  readonly namespace: string
  /**
   * What becomes of a payload that is not ours. `accepted`, outside production: it is taken as it is, so that the
   * Temporal CLI can signal. `refused`: it is replaced by one that no handler takes, and an alarm is raised. It is not
   * an error, because then a single forged signal would stop the login that it was sent to.
   */
  readonly plainText: 'accepted' | 'refused'
  /** Called with a sentence that an operator should read; it holds nothing of the payload. */
  readonly alarm: (text: string) => void
  /** Told of each payload that is not ours, accepted or refused. Default: nobody. */
  readonly plainTextSeen?: () => void
  /** Asked once, with the id of the key that seals, for what is told how many payloads it has sealed. Default: nobody. */
  readonly sealedWith?: (keyId: string) => (payloads: number) => void
}

export const ENCODING = 'binary/encrypted'
export const KEY_ID = 'encryption-key-id'
const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
/**
 * Random IVs are safe for 2^32 payloads a key (SP 800-38D, 8.3); it is to be replaced long before. One process can count
 * its own only; what all have sealed together an alert of Prometheus watches.
 */
const KEY_BUDGET = 2 ** 30

const { Payload: PayloadMessage } = proto.temporal.api.common.v1
const text = { encode: (value: string) => new TextEncoder().encode(value), decode: decodeText }

/**
 * @throws ApplicationFailure `not-done`, retryable, when a payload was sealed with a key that is not in the ring, or
 * does not open. Temporal then repeats the workflow task or the activity, and nothing is lost while the key is away.
 */
export function createEncryptionCodec(options: EncryptionOptions): PayloadCodec {
  const { keys, namespace, plainText, alarm, plainTextSeen } = options
  const sealedMore = options.sealedWith?.(keys[0].id)
  let count = 0

  function seal(payload: Payload): Payload {
    const { id, key } = keys[0]
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
    cipher.setAAD(associatedData(namespace, id))
    const clear = PayloadMessage.encode(payload).finish()
    const data = Buffer.concat([iv, cipher.update(clear), cipher.final(), cipher.getAuthTag()])
    count += 1
    if (count === KEY_BUDGET) alarm(`encryption key ${id} has sealed 2^30 payloads: rotate ENCRYPTION_KEYS`)
    return { metadata: { encoding: text.encode(ENCODING), [KEY_ID]: text.encode(id) }, data }
  }

  function open(payload: Payload): Payload {
    if (text.decode(payload.metadata?.encoding) !== ENCODING) return notOurs(payload)
    const id = text.decode(payload.metadata?.[KEY_ID])
    const named = keys.find((candidate) => candidate.id === id)
    if (named === undefined)
      throw unreadable('unknown-key', 'a payload was sealed with a key that is not here')
    try {
      const data = payload.data ?? new Uint8Array()
      const iv = data.subarray(0, IV_BYTES)
      const tag = data.subarray(Math.max(IV_BYTES, data.length - TAG_BYTES))
      const decipher = createDecipheriv(CIPHER, named.key, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(associatedData(namespace, id))
      decipher.setAuthTag(tag)
      const sealed = data.subarray(IV_BYTES, data.length - TAG_BYTES)
      return PayloadMessage.decode(Buffer.concat([decipher.update(sealed), decipher.final()]))
    } catch {
      // Node's message says nothing worth keeping, and the payload must not be in ours.
      throw unreadable('wrong-key', 'a payload does not open: another key under the same id, or damaged')
    }
  }

  function notOurs(payload: Payload): Payload {
    plainTextSeen?.()
    if (plainText === 'accepted') return payload
    alarm('a payload that is not encrypted by us was refused: somebody else writes to this namespace')
    return refused
  }

  return {
    encode(payloads) {
      const sealed = payloads.map(seal)
      sealedMore?.(sealed.length)
      return Promise.resolve(sealed)
    },
    decode: (payloads) => new Promise((resolve) => resolve(payloads.map(open))),
  }
}

/** Stands for a payload that was refused. No handler takes it and no result is read from it. */
const refused: Payload = {
  metadata: { encoding: text.encode('json/plain') },
  data: text.encode(JSON.stringify({ refused: 'this payload was not encrypted by Postern' })),
}

/** Bound to key and namespace, and to nothing that the codec server is not told. */
function associatedData(namespace: string, keyId: string): Uint8Array {
  return text.encode(JSON.stringify(['postern payload 1', namespace, keyId]))
}

function unreadable(cause: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: NOT_DONE, message, details: [{ cause }] })
}

function decodeText(bytes: Uint8Array | null | undefined): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array())
}
