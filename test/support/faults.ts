/** The ways to break what lies between a worker and 8x8, each for one number at a time. */
import tls from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Phone } from '../../domain/phone.ts'
import type { Fault } from '../../sandbox/faults.ts'
import { expiredCertificate, tlsServer } from '../activities/eight-by-eight/stand-ins.ts'
import { openTcpProxy, type Course } from './tcp-proxy.ts'
import type { WatchedHouse, Ways } from './watched-house.ts'

export type Scene = {
  readonly house: WatchedHouse
  readonly ways: Ways
  readonly phone: Phone
  readonly operation: 'send' | 'check'
}

/** Breaks something; what it returns mends it. */
export type Injection = (scene: Scene) => Promise<() => void>

/** 8x8 answers like this, so many times; then it is itself again. */
export const answers =
  (fault: Fault, times = 1): Injection =>
  ({ house, phone, operation }) => {
    house.sandbox.fault({ operation, phone: phone.e164, times, fault })
    return Promise.resolve(() => undefined)
  }

/** A proxy between worker and 8x8 takes this course with each exchange, or with so many. */
export const connection =
  (course: Course, times?: number): Injection =>
  async (scene) => {
    const proxy = await openTcpProxy(scene.house.sandboxUrl)
    if (times === undefined) proxy.always(course)
    else proxy.next(...Array.from({ length: times }, () => course))
    return detour(scene, proxy.url)
  }

/** `ECONNREFUSED`. */
export const refused: Injection = async (scene) => {
  const proxy = await openTcpProxy(scene.house.sandboxUrl)
  await proxy.refuse()
  return detour(scene, proxy.url)
}

/** `ENOTFOUND`: RFC 6761 keeps `.invalid` from ever being a name. */
export const noSuchHost: Injection = (scene) => Promise.resolve(detour(scene, 'http://no-such-host.invalid'))

/** HTTPS with a certificate that nobody has signed. Whoever shows it a request has failed. */
export const selfSigned: Injection = async (scene) => notToBeShown(scene, await tlsServer('DNS:localhost'))

/** The same with a certificate that is trusted, but for another host. */
export const wrongHost: Injection = async (scene) =>
  notToBeShown(scene, trusted(await tlsServer('DNS:elsewhere.example')))

/** The same with one that was trusted, until its time was over. */
export const expired: Injection = async (scene) =>
  notToBeShown(scene, trusted(await tlsServer('DNS:localhost', {}, expiredCertificate('DNS:localhost'))))

type TlsServer = Awaited<ReturnType<typeof tlsServer>>

function notToBeShown(scene: Scene, { seen, port }: TlsServer): () => void {
  const mend = detour(scene, `https://localhost:${port}`)
  return () => {
    if (seen.length > 0) throw new Error('a request was shown to a server that is not to be trusted')
    mend()
  }
}

const systemCertificates = tls.getCACertificates('default')

function trusted(server: TlsServer): TlsServer {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), server.certificate])
  onTestFinished(() => {
    tls.setDefaultCACertificates(systemCertificates)
  })
  return server
}

/** https asked for, and 8x8 speaks plain HTTP there: a fallback would succeed. */
export const withoutTls: Injection = (scene) =>
  Promise.resolve(detour(scene, scene.house.sandboxUrl.replace('http:', 'https:')))

function detour({ ways, operation, phone }: Scene, baseUrl: string): () => void {
  ways.detour(operation, phone, baseUrl)
  return () => {
    ways.detour(operation, phone)
  }
}
