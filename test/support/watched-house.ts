/** A house whose every answer is overheard and judged in the end, and whose way to 8x8 can be broken by number. */
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { inject, onTestFinished } from 'vitest'
import { createEightByEight, type EightByEightSettings } from '../../activities/eight-by-eight/client.ts'
import type { EightByEight } from '../../activities/eight-by-eight/types.ts'
import { createActivities } from '../../activities/index.ts'
import { createLoginGateway } from '../../api/login-gateway.ts'
import type { LoginGateway } from '../../api/gateway.ts'
import type { Phone } from '../../domain/phone.ts'
import { listenToActivities, type Alarms } from './alarms.ts'
import { plainEffects } from './effects.ts'
import { gather, listenIn, type Told } from './evidence.ts'
import { createConverter, openHouse, type House, type HouseOptions } from './house.ts'
import { judge, type Terms, type Violation } from './oracle.ts'

export type WatchedHouse = Awaited<ReturnType<typeof openWatchedHouse>>

/**
 * As `openHouse`, but with a task queue and a worker of its own, so that what is judged is this test's and nobody
 * else's. With `worker: 'none'` one is started through `startWorkerVia` when a way is to be broken.
 */
export async function openWatchedHouse(options: HouseOptions = {}) {
  const house = await openHouse({ worker: 'own', ...options })
  const told = listenIn(house.gateway)
  return {
    ...house,
    told,
    /** Another API process, overheard as well. */
    openWatchedGateway: (...hooks: Parameters<House['openGateway']>) =>
      overheard(house.openGateway(...hooks), told),
    /**
     * The same, whose connection to Temporal is this address: a proxy's. `beforeEffect` runs before each update or
     * signal; what it throws is what the gateway gets for an answer.
     */
    async openGatewayVia(address: string, beforeEffect: () => void): Promise<LoginGateway> {
      const connection = await Connection.connect({ address })
      onTestFinished(() => connection.close())
      const { identity, policy, taskQueue, namespace, dataConverter } = house
      const interceptor: WorkflowClientInterceptor = {
        signal(input, next) {
          beforeEffect()
          return next(input)
        },
        startUpdate(input, next) {
          beforeEffect()
          return next(input)
        },
        startUpdateWithStart(input, next) {
          beforeEffect()
          return next(input)
        },
      }
      const client = new Client({
        connection,
        namespace,
        dataConverter,
        interceptors: { workflow: [interceptor] },
      })
      return overheard(createLoginGateway({ client, identity, policy, taskQueue }), told)
    },
    gather: () => gather(house, told),
    /** What the oracle has against all that has happened here; nothing, it is to be hoped. */
    async violations(terms: Terms = {}): Promise<Violation[]> {
      return judge(await gather(house, told), terms)
    },
  }
}

function overheard(gateway: LoginGateway, told: Told[]): LoginGateway {
  listenIn(gateway, told)
  return gateway
}

export type Ways = ReturnType<typeof createWays>

/** A client of 8x8 that takes another way, by number and operation, when it is told to. */
export function createWays(
  house: Pick<House, 'sandboxUrl'>,
  limits: Pick<EightByEightSettings, 'sendTimeoutMs' | 'checkTimeoutMs' | 'breaker'> = {},
) {
  const clientAt = (baseUrl: string) =>
    createEightByEight({
      version: 'v2',
      baseUrl,
      subAccountId: 'acme',
      apiKey: 'sandbox-key',
      sendTimeoutMs: 2000,
      checkTimeoutMs: 2000,
      // As in the house: a breaker that opens is for tests of it.
      breaker: { failures: 1000 },
      ...limits,
    })
  const straight = clientAt(house.sandboxUrl)
  const detours = new Map<string, EightByEight>()
  const wayOf = (operation: 'send' | 'check', phone: string) =>
    detours.get(`${operation} ${phone}`) ?? straight
  const eightByEight: EightByEight = {
    send: (request, options) => wayOf('send', request.phone).send(request, options),
    check: (request, options) => wayOf('check', request.phone).check(request, options),
  }
  return {
    eightByEight,
    /** From now on that number's calls go to this base URL; without one, straight again. */
    detour(operation: 'send' | 'check', phone: Phone, baseUrl?: string): void {
      const key = `${operation} ${phone.e164}`
      if (baseUrl === undefined) detours.delete(key)
      else detours.set(key, clientAt(baseUrl))
    },
  }
}

/** A worker of this house that reaches Temporal and 8x8 by these ways. Stopped when the test ends. */
export async function startWorkerVia(
  house: Pick<House, 'namespace' | 'taskQueue'>,
  { eightByEight }: Pick<Ways, 'eightByEight'>,
  address = inject('temporalAddress'),
): Promise<{ stop: () => Promise<void>; alarms: Alarms }> {
  const connection = await NativeConnection.connect({ address })
  const { alarms, interceptor } = listenToActivities()
  const worker = await Worker.create({
    connection,
    namespace: house.namespace,
    taskQueue: house.taskQueue,
    workflowBundle: { codePath: inject('workflowBundle') },
    dataConverter: createConverter(house.namespace),
    activities: createActivities({ ...plainEffects(), eightByEight: () => eightByEight }),
    interceptors: { activity: [interceptor] },
  })
  const ended = worker.run()
  let isStopped = false
  const stop = async () => {
    if (isStopped) return
    isStopped = true
    worker.shutdown()
    await ended
    await connection.close()
  }
  onTestFinished(stop)
  return { stop, alarms }
}
