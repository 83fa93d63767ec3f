/** A name server on 127.0.0.1 that answers, of A and AAAA, what it is told and leaves the rest unanswered. */
import dgram from 'node:dgram'
import { onTestFinished } from 'vitest'
import { resolveAll, type Resolve } from '../../../activities/webhooks/target.ts'

const HEADER_BYTES = 12
const types = { 1: 'A', 28: 'AAAA' } as const

export type Answers = {
  /** An address as its bytes, or none: there is no such record. Left out, the question is not answered. */
  readonly A?: readonly number[]
  readonly AAAA?: readonly number[]
  /** How much later AAAA is answered than A. Default 0. */
  readonly aaaaAfterMs?: number
}

/** @returns what asks this server, as in production one of the machine's is asked */
export async function openNameServer({ aaaaAfterMs = 0, ...answers }: Answers): Promise<Resolve> {
  const server = dgram.createSocket('udp4')
  server.on('message', (query, { port }) => {
    const end = query.indexOf(0, HEADER_BYTES) + 5
    const type = query.readUInt16BE(end - 4)
    const name = type === 1 || type === 28 ? types[type] : undefined
    const bytes = name && answers[name]
    if (bytes === undefined) return
    const reply = toReply(query.subarray(0, end), type, bytes)
    setTimeout(() => server.send(reply, port, '127.0.0.1'), name === 'AAAA' ? aaaaAfterMs : 0)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address()
  return (name) => resolveAll(name, [`127.0.0.1:${port}`])
}

/** RFC 1035, section 4.1. */
function toReply(question: Buffer, type: number, bytes: readonly number[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  question.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(bytes.length === 0 ? 0 : 1, 6)
  const asked = question.subarray(HEADER_BYTES)
  if (bytes.length === 0) return Buffer.concat([header, asked])
  const record = [0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes]
  return Buffer.concat([header, asked, Buffer.from(record)])
}
