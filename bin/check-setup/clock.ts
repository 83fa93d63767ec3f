/**
 * This machine's clock against others (OPS-12). Temporal's own is not to be had: gRPC does not tell it. 8x8's answer has a
 * `Date`, and the store of the limits tells its time.
 */
import type { Config } from '../../platform/config.ts'
import { connectValkey } from '../../platform/limits/valkey.ts'
import { urlOf } from './eight-by-eight.ts'
import { ok, warning, type Finding } from './finding.ts'
import { askHead } from './http-answer.ts'

const MOST_SKEW_MS = 1000
const ABOUT = 'clock'

/** What the other clock showed, from `least` to `most`, at some moment between `from` and `until` of ours. */
export type Reading = {
  readonly least: number
  readonly most: number
  readonly from: number
  readonly until: number
}

export async function checkClock(config: Config): Promise<readonly Finding[]> {
  const readings = await Promise.all([readEightByEight(config), readStore(config)])
  const findings = readings.flatMap((read) => (read === undefined ? [] : [judge(read.whose, read.reading)]))
  return findings.length > 0
    ? findings
    : [warning(ABOUT, 'nobody told the time: see to it that NTP keeps this machine within 1 s')]
}

export function judge(whose: string, reading: Reading): Finding {
  const skew = leastSkew(reading)
  if (Math.abs(skew) <= MOST_SKEW_MS) return ok(ABOUT, `within 1 s of ${whose}`)
  const text = `${(Math.abs(skew) / 1000).toFixed(1)} s ${skew > 0 ? 'ahead of' : 'behind'} ${whose} at least`
  return warning(ABOUT, `${text}: set up NTP on both`)
}

/** How far ours is ahead, in milliseconds, as far as the reading proves it; 0 when it proves nothing. */
export function leastSkew({ least, most, from, until }: Reading): number {
  if (from > most) return from - most
  if (until < least) return until - least
  return 0
}

type Told = { readonly whose: string; readonly reading: Reading } | undefined

async function readEightByEight(config: Config): Promise<Told> {
  try {
    const { serverTime, askedAt, answeredAt } = await askHead(urlOf(config))
    if (serverTime === undefined) return undefined
    const reading = { least: serverTime, most: serverTime + 1000, from: askedAt, until: answeredAt }
    return { whose: '8x8’s', reading }
  } catch {
    return undefined
  }
}

async function readStore({ valkeyUrl }: Config): Promise<Told> {
  if (valkeyUrl === undefined) return undefined
  const valkey = await connectValkey(valkeyUrl, { info: () => undefined, error: () => undefined })
  try {
    const from = Date.now()
    const [seconds, microseconds] = await valkey.time()
    const at = Number(seconds) * 1000 + Number(microseconds) / 1000
    return { whose: 'the store’s', reading: { least: at, most: at, from, until: Date.now() } }
  } catch {
    return undefined
  } finally {
    valkey.disconnect()
  }
}
