import type { Sandbox } from '../sandbox/sandbox.ts'

export type Codes = ReturnType<typeof createCodes>

/** The codes that reached the phones. The sandbox is emptied with each look, so that a look costs the same all along. */
export function createCodes(sandbox: Pick<Sandbox, 'messages' | 'clear'>) {
  const codes = new Map<string, string>()
  return {
    /** @throws Error when nothing has reached `phone` */
    of(phone: string): string {
      for (const message of sandbox.messages()) codes.set(message.phone, message.code)
      sandbox.clear()
      const code = codes.get(phone)
      if (code === undefined) throw new Error('no code has reached a phone')
      codes.delete(phone)
      return code
    },
  }
}
