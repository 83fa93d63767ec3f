/**
 * The text of an SMS whose code belongs to a domain: its last line lets phones fill the code in on that site and on no
 * other (BIND-11, WICG "Origin-bound one-time codes"). `{brand}` and `{code}` are the provider's placeholders.
 */
export function smsTemplateFor(domain: string): string {
  return `{brand}: Your verification code is {code}\n\n@${domain} #{code}`
}
