/** The least that a login can be: one send, one code, one check. What Postern costs is measured against it. */
import { condition, proxyActivities, setHandler } from '@temporalio/workflow'
import type { SkeletonActivities } from './activities.ts'
import { startedUpdate, submitCodeUpdate } from './messages.ts'

const { sendCode, checkCode } = proxyActivities<SkeletonActivities>({ startToCloseTimeout: '10 seconds' })

export async function skeleton(phone: string): Promise<string> {
  const known: { session?: string; code?: string; verdict?: string } = {}
  setHandler(startedUpdate, () => condition(() => known.session !== undefined))
  setHandler(submitCodeUpdate, async (code) => {
    known.code = code
    await condition(() => known.verdict !== undefined)
    return known.verdict ?? ''
  })
  known.session = await sendCode(phone)
  await condition(() => known.code !== undefined)
  known.verdict = await checkCode(known.session, known.code ?? '')
  return known.verdict
}
