/** For commands that must go on when a key is lost: what does not open is absent, and no error. */
import { Client } from '@temporalio/client'
import type { Payload, PayloadCodec } from '@temporalio/common'

/** What the converter takes for no value. */
const nothing: Payload = { metadata: { encoding: new TextEncoder().encode('binary/null') } }

/** The same server, namespace and keys. It reads; what it would send is sealed as ever. */
export function toLenient({ connection, options }: Client): Client {
  const { namespace, loadedDataConverter } = options
  const payloadCodecs = loadedDataConverter.payloadCodecs.map(lenient)
  return new Client({ connection, namespace, dataConverter: { payloadCodecs } })
}

function lenient(codec: PayloadCodec): PayloadCodec {
  const open = (payload: Payload) => codec.decode([payload]).catch(() => [nothing])
  return {
    encode: (payloads) => codec.encode(payloads),
    decode: async (payloads) => (await Promise.all(payloads.map(open))).flat(),
  }
}
