import tls from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  answering,
  checkRequest,
  client,
  expiredCertificate,
  sendRequest,
  tcpServer,
  tlsServer,
} from './stand-ins.ts'

const systemCertificates = tls.getCACertificates('default')

afterEach(() => {
  tls.setDefaultCACertificates(systemCertificates)
  vi.unstubAllEnvs()
})

describe('OPS-7: over TLS', () => {
  it('a code is sent to a server that speaks nothing older than 1.3', async () => {
    const server = await tlsServer('DNS:localhost', { minVersion: 'TLSv1.3' })
    tls.setDefaultCACertificates([server.certificate])
    const eightByEight = client(`https://localhost:${server.port}`)
    expect(await eightByEight.send(sendRequest)).toEqual({ outcome: 'sent', challenge: 'c96a488d-01' })
    expect(await eightByEight.check(checkRequest)).toEqual({ outcome: 'incorrect' })
    expect(server.seen).toHaveLength(2)
  })

  it('a self-signed certificate is refused before the code is shown', async () => {
    const server = await tlsServer('DNS:localhost')
    const eightByEight = client(`https://localhost:${server.port}`)
    expect(await eightByEight.check(checkRequest)).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(await eightByEight.send(sendRequest)).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(server.seen).toEqual([])
  })

  it('a certificate for another host is refused', async () => {
    const server = await tlsServer('DNS:elsewhere.example')
    tls.setDefaultCACertificates([server.certificate])
    const outcome = await client(`https://localhost:${server.port}`).check(checkRequest)
    expect(outcome).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(server.seen).toEqual([])
  })

  it('a certificate whose time is over is refused', async () => {
    const server = await tlsServer('DNS:localhost', {}, expiredCertificate('DNS:localhost'))
    tls.setDefaultCACertificates([server.certificate])
    const outcome = await client(`https://localhost:${server.port}`).check(checkRequest)
    expect(outcome).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(server.seen).toEqual([])
  })

  it('the environment cannot switch verification off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const server = await tlsServer('DNS:localhost')
    const outcome = await client(`https://localhost:${server.port}`).check(checkRequest)
    expect(outcome).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(server.seen).toEqual([])
  })

  it('nothing older than 1.2 is spoken', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const server = await tlsServer('DNS:localhost', old)
    tls.setDefaultCACertificates([server.certificate])
    const outcome = await client(`https://localhost:${server.port}`).check(checkRequest)
    expect(outcome).toEqual({ outcome: 'not_done', cause: 'tls' })
  })

  it('a server without TLS is not spoken to without it', async () => {
    const server = await answering(200, {})
    const outcome = await client(server.baseUrl.replace('http:', 'https:')).check(checkRequest)
    expect(outcome).toEqual({ outcome: 'not_done', cause: 'tls' })
    expect(server.seen).toEqual([])
  })

  it('OPS-6: a handshake that hangs is given up as not connected', async () => {
    const { baseUrl } = await tcpServer(() => undefined, 'https')
    const eightByEight = client(baseUrl, { connectTimeoutMs: 50 })
    const begun = performance.now()
    expect(await eightByEight.check(checkRequest)).toEqual({ outcome: 'not_done', cause: 'connect' })
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('a handshake that is reset is certainly not done', async () => {
    const { baseUrl } = await tcpServer((socket) => socket.resetAndDestroy(), 'https')
    expect(await client(baseUrl).check(checkRequest)).toEqual({
      outcome: 'not_done',
      cause: 'connect',
    })
  })
})
