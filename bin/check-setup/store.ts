/** The store in which several API processes count their limits together (docs/limits.md). */
import type { Config } from '../../platform/config.ts'
import { connectValkey, type Valkey } from '../../platform/limits/valkey.ts'
import { ok, warning, wrong, type Finding } from './finding.ts'

const ABOUT = 'limits'
const silent = { info: () => undefined, error: () => undefined }

export async function checkStore({ valkeyUrl, isProduction }: Config): Promise<readonly Finding[]> {
  if (valkeyUrl === undefined) {
    const text = 'without VALKEY_URL each process counts for itself: fit for one API process'
    return [isProduction ? warning(ABOUT, text) : ok(ABOUT, text)]
  }
  const valkey = await connectValkey(valkeyUrl, silent)
  try {
    await valkey.ping()
    return [ok(ABOUT, 'the store of VALKEY_URL answers'), ...(await checkEviction(valkey))]
  } catch {
    return [wrong(ABOUT, 'the store of VALKEY_URL does not answer: no code is sent until it does')]
  } finally {
    valkey.disconnect()
  }
}

async function checkEviction(valkey: Valkey): Promise<readonly Finding[]> {
  const policy = await readPolicy(valkey)
  if (policy === 'noeviction') return [ok(ABOUT, 'the store forgets nothing under pressure')]
  const found =
    policy === undefined ? 'the store does not tell its maxmemory-policy' : `its policy is ${policy}`
  return [
    warning(ABOUT, `${found}: set maxmemory-policy noeviction, or it lets through what it should count`),
  ]
}

/** @returns `undefined` when the store's user may not ask, as is usual where it is rented */
async function readPolicy(valkey: Valkey): Promise<string | undefined> {
  try {
    const answer: unknown = await valkey.config('GET', 'maxmemory-policy')
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
  } catch {
    return undefined
  }
}
