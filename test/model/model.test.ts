/**
 * Random lives of two numbers in the hands of three callers, against the real workflow on a real server: what the
 * model believes and what the system says must be the same after every step.
 *
 * MODEL_RUNS sequences (50) from MODEL_SEED; a failure names the seed and the sequence.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SandboxOptions } from '../../sandbox/options.ts'
import { openHouse } from '../support/house.ts'
import { commands } from './commands.ts'
import { newModel } from './world.ts'

const runs = Number(process.env.MODEL_RUNS ?? 50)
const seed = Number(process.env.MODEL_SEED ?? 20_261_123)
/** Sequences at once; more wait for two cores rather than for the system. */
const AT_ONCE = 6

/** The shortest life in which a step of a sequence is over on a busy machine, in seconds. */
const SHORT_LIFE = 6

type Mode = {
  readonly name: string
  readonly sandbox?: SandboxOptions
  /** Life of a code in seconds; 120, or so few that sequences meet their deadlines. */
  readonly life?: number
  readonly atOnce?: number
}

const modes: readonly Mode[] = [
  { name: 'as documented' },
  {
    name: 'one session for ever, verified for ever',
    sandbox: { sharedSession: true, afterVerified: 'verified' },
  },
  {
    name: 'one session for ever, waiting after verified',
    sandbox: { sharedSession: true, afterVerified: 'waiting' },
  },
  { name: 'a reset keeps the session id', sandbox: { resetGivesNewSessionId: false } },
  { name: 'deadlines are near', life: SHORT_LIFE },
  {
    name: 'deadlines are near and a resend does not extend',
    sandbox: { resendExtendsValidity: false, destinationStyle: 'plain' },
    life: SHORT_LIFE,
  },
  { name: 'workers come and go', atOnce: 1 },
]

test.each(modes.map((mode, n) => ({ ...mode, n })))(
  'model and system agree after every step of random lives ($name)',
  async ({ name, sandbox = {}, life = 120, atOnce = AT_ONCE, n }) => {
    const house = await openHouse({
      ...(atOnce === 1 ? { worker: 'own' as const } : {}),
      sandbox,
      policy: { codeValiditySeconds: life },
    })
    const share = Math.ceil(runs / modes.length)
    const sequences = fc.sample(commands, { numRuns: share, seed: seed + n })
    const faults: string[] = []
    let steps = 0
    const play = async (index: number): Promise<void> => {
      const sequence = sequences[index]
      if (sequence === undefined) return
      await fc
        .asyncModelRun(() => ({ model: newModel(), real: { house, isAlone: atOnce === 1 } }), sequence)
        .catch((error: unknown) => {
          faults.push(
            `${name}, seed ${seed + n}, sequence ${index}: ${[...sequence].map(String).join(', ')}\n${String(error)}`,
          )
        })
      steps += [...sequence].length
      await play(index + atOnce)
    }
    await Promise.all(Array.from({ length: atOnce }, (_, first) => play(first)))
    expect(faults).toEqual([])
    expect(steps).toBeGreaterThan(share)
  },
  Math.max(120_000, runs * 2000),
)
