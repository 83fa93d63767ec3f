import type { EightByEight } from './types.ts'

/** One client a sub-account, made when it is first asked for; its connections and breakers are its own. */
export function bySubAccount(
  create: (subAccountId: string) => EightByEight,
): (subAccountId: string) => EightByEight {
  const made = new Map<string, EightByEight>()
  return (subAccountId) => {
    const known = made.get(subAccountId)
    if (known !== undefined) return known
    const client = create(subAccountId)
    made.set(subAccountId, client)
    return client
  }
}
