import type { SendRequest } from './send-request.ts'

/** What the person reads, or hears: a call says the code one character at a time. */
export function messageText(request: SendRequest, code: string): string {
  const isCall = request.channel === 'call'
  // 8x8 documents a template for texts and calls only.
  const custom = isCall || request.channel === 'sms' ? request.template : undefined
  const words: Record<string, string> = {
    code: isCall ? Array.from(code).join('. ') : code,
    brand: request.brand ?? '',
    productName: request.brand ?? '',
  }
  const template = custom ?? (request.brand === null ? withoutBrand : defaultTemplate)
  // One pass, so that a brand called "{code}" stays what it is.
  const text = template.replaceAll(/\{(code|brand|productName)\}/g, (_, word: string) => words[word] ?? '')
  return isCall
    ? `${text}, repeated ${request.repetition} ${request.repetition === 1 ? 'time' : 'times'}`
    : text
}

const withoutBrand = 'Your verification code is {code}'
const defaultTemplate = `{brand}: ${withoutBrand}`
