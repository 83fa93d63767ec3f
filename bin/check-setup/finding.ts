/** What a check has found, and how it is told. No text of a finding has a secret in it, or a library's words. */

export type Finding = {
  /** `wrong`: do not let people log in like this. `warning`: somebody should have decided that it is so. */
  readonly level: 'ok' | 'warning' | 'wrong'
  /** What was asked, in a word or two. */
  readonly about: string
  /** What was found, and what to do unless it is ok. */
  readonly text: string
}

export const ok = (about: string, text: string): Finding => ({ level: 'ok', about, text })
export const warning = (about: string, text: string): Finding => ({ level: 'warning', about, text })
export const wrong = (about: string, text: string): Finding => ({ level: 'wrong', about, text })

/** What must not be so in production, and may be on a development machine. */
export const unsafe = (isProduction: boolean) => (isProduction ? wrong : warning)

export function tell({ level, about, text }: Finding): string {
  return `${level.padEnd(7)}  ${about}: ${text}`
}

export function tellTotal(findings: readonly Finding[]): string {
  const count = (wanted: Finding['level']) => findings.filter(({ level }) => level === wanted).length
  return `${count('wrong')} wrong, ${count('warning')} to be decided, ${count('ok')} ok`
}
