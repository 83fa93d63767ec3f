/** The two calls to 8x8 as one would write them first: a plain fetch, with no opinion about what may go wrong. */
import { z } from 'zod'

export type SkeletonActivities = ReturnType<typeof createSkeletonActivities>

const sent = z.object({ sessionId: z.string() })
const checked = z.object({ status: z.string() })

/** @param baseUrl of the sandbox, without a slash at the end */
export function createSkeletonActivities(baseUrl: string) {
  const sessions = `${baseUrl}/api/v2/subaccounts/skeleton/sessions`
  const headers = { authorization: 'Bearer sandbox-key', 'content-type': 'application/json' }
  return {
    async sendCode(phone: string): Promise<string> {
      const body = JSON.stringify({ destination: phone, channel: 'sms', codeLength: 6, resetSession: true })
      const answer = await fetch(sessions, { method: 'POST', headers, body })
      return sent.parse(await answer.json()).sessionId
    },
    async checkCode(session: string, code: string): Promise<string> {
      const answer = await fetch(`${sessions}/${session}?code=${code}`, { headers })
      return checked.parse(await answer.json()).status
    },
  }
}
