/** The payload codec by itself: what it seals, what it opens, and what it makes of everything else. */
import { randomBytes } from 'node:crypto'
import { ApplicationFailure, defaultPayloadConverter, type Payload } from '@temporalio/common'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEncryptionCodec, type EncryptionOptions } from '../../../platform/codec/encryption.ts'
import { parseKeyRing } from '../../../platform/codec/key-ring.ts'

const secret = () => randomBytes(32).toString('base64')
const [old, recent] = [`2025:${secret()}`, `2026:${secret()}`]

function codec(ring = recent, more: Partial<EncryptionOptions> = {}) {
  const keys = parseKeyRing(ring)
  if (keys === undefined) throw new Error('malformed keys')
  return createEncryptionCodec({
    keys,
    namespace: 'shop',
    plainText: 'refused',
    alarm: (text) => {
      throw new Error(`alarm: ${text}`)
    },
    ...more,
  })
}

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)
const valueOf = (payload: Payload): unknown => defaultPayloadConverter.fromPayload(payload)
const bytesOf = (payload: Payload | undefined) => payload?.data ?? new Uint8Array()
async function only(payloads: Promise<Payload[]>): Promise<Payload> {
  const [payload] = await payloads
  if (payload === undefined) throw new Error('no payload')
  return payload
}
const sealed = (value: unknown, ring = recent) => only(codec(ring).encode([payloadOf(value)]))

test('what is sealed opens as it was, null and nothing included', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
      const payloads = [...values, null, undefined].map(payloadOf)
      const opened = await codec().decode(await codec().encode(payloads))
      expect(opened.map(valueOf)).toEqual(payloads.map(valueOf))
    }),
  )
})

test('PII-9: a payload has an IV of 96 bits of its own and a tag of 128 bits, and names its key', async () => {
  const payloads = await codec().encode(Array.from({ length: 500 }, () => payloadOf('483920')))
  const ivs = new Set(
    payloads.map((payload) => Buffer.from(bytesOf(payload)).subarray(0, 12).toString('hex')),
  )
  expect(ivs.size).toBe(500)
  const [first] = payloads
  const clear = payloadOf('483920')
  const metadata = Object.fromEntries(
    Object.entries(first?.metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]),
  )
  expect(metadata).toEqual({ encoding: 'binary/encrypted', 'encryption-key-id': '2026' })
  expect(bytesOf(first).length).toBeGreaterThanOrEqual(12 + bytesOf(clear).length + 16)
})

test('nothing of the payload can be seen in what is sealed, its own metadata included', async () => {
  const payload = await sealed({ phone: '+6591234567', code: '483920' })
  const seen = Buffer.concat([bytesOf(payload), ...Object.values(payload.metadata ?? {})]).toString('latin1')
  for (const canary of ['+6591234567', '91234567', '483920', 'json/plain', 'phone']) {
    expect(seen).not.toContain(canary)
  }
})

test('PII-12: after a rotation the new key makes and the old one still opens', async () => {
  const rotated = codec(`${recent},${old}`)
  const before = await sealed('before', old)
  const after = await only(rotated.encode([payloadOf('after')]))
  expect((await rotated.decode([before, after])).map(valueOf)).toEqual(['before', 'after'])
  expect(Buffer.from(after.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026')
})

test.each([
  ['its key is not in the ring', 'unknown-key', () => sealed('x', old)],
  ['another key has the same id', 'wrong-key', () => sealed('x', `2026:${secret()}`)],
  [
    'it is of another namespace',
    'wrong-key',
    () => only(codec(recent, { namespace: 'bank' }).encode([payloadOf('x')])),
  ],
  ['one bit of it is another', 'wrong-key', async () => flipped(await sealed('x'))],
  ['it is empty', 'wrong-key', async () => ({ ...(await sealed('x')), data: new Uint8Array() })],
  [
    'it is cut',
    'wrong-key',
    async () => ({ ...(await sealed('x')), data: bytesOf(await sealed('x')).subarray(0, 20) }),
  ],
  ['its key id was exchanged', 'wrong-key', async () => renamed(await sealed('x'), '2025')],
])('PII-12: a payload does not open when %s, and that is a fault to repeat', async (_case, cause, make) => {
  const reader = codec(cause === 'unknown-key' ? recent : `${recent},${old}`)
  const error: unknown = await reader.decode([await make()]).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ApplicationFailure)
  expect(error).toMatchObject({ type: 'not-done', nonRetryable: false, details: [{ cause }] })
})

test('PII-11: a payload that is not ours is refused: it is replaced, and the alarm rings', async () => {
  const alarms: string[] = []
  let seen = 0
  const strict = codec(recent, { alarm: (text) => alarms.push(text), plainTextSeen: () => (seen += 1) })
  const opened = await only(strict.decode([payloadOf({ code: '483920' })]))
  expect(valueOf(opened)).toEqual({ refused: expect.any(String) as string })
  expect(alarms).toEqual([expect.not.stringContaining('483920')])
  await strict.decode(await strict.encode([payloadOf(1)]))
  expect(seen).toBe(1)
})

test('PII-11: outside production a payload that is not ours is taken as it is', async () => {
  const open = codec(recent, { plainText: 'accepted' })
  expect(valueOf(await only(open.decode([payloadOf({ code: '483920' })])))).toEqual({ code: '483920' })
})

test('PII-9: what it seals is counted by the key that seals, and what it opens is not', async () => {
  const counted: string[] = []
  const sealedWith = (key: string) => (payloads: number) => void counted.push(`${key} ${payloads}`)
  const counting = codec(`${recent},${old}`, { sealedWith })
  await counting.decode([await sealed('before', old)])
  await counting.encode([payloadOf(1), payloadOf(2)])
  await counting.encode([payloadOf(3)])
  expect(counted).toEqual(['2026 2', '2026 1'])
})

const good = secret()
test.each([
  ['nothing', ''],
  ['no id', `:${good}`],
  ['no key', 'a:'],
  ['a short key', `a:${randomBytes(31).toString('base64')}`],
  ['a long key', `a:${randomBytes(33).toString('base64')}`],
  ['an id twice', `a:${good},a:${secret()}`],
  ['an id with a space in it', `a b:${good}`],
  ['an empty entry', `a:${good},`],
  ['no base64', 'a:!!!!'],
])('a key ring with %s is refused', (_case, text) => {
  expect(parseKeyRing(text)).toBeUndefined()
})

test('a key ring reads either alphabet of base64', async () => {
  const bytes = Buffer.alloc(32, 0xfb)
  const [standard, url] = [bytes.toString('base64'), bytes.toString('base64url')]
  const payload = await sealed('x', `k:${standard}`)
  expect(valueOf(await only(codec(`k:${url}`).decode([payload])))).toBe('x')
})

function flipped(payload: Payload): Payload {
  const data = Buffer.from(bytesOf(payload))
  data[20] = (data[20] ?? 0) ^ 1
  return { ...payload, data }
}

function renamed(payload: Payload, id: string): Payload {
  return { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from(id) } }
}
