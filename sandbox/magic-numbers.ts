import type { Fault, FaultOperation } from './faults.ts'
import { refusals, type Refusal } from './refusals.ts'

/** A number that misbehaves without a script; all are valid Singapore mobiles. */
export type MagicNumber = {
  /** E.164. */
  readonly phone: string
  /** What happens, for people. */
  readonly does: string
  readonly operation: FaultOperation
  /** `once`: the first time in every session of the number, and again after `DELETE /sandbox/faults`. */
  readonly times: 'once' | 'always'
  readonly fault: Fault
}

/** Every number not in this table just works, and so do these but for what is said here. */
export const magicNumbers = {
  invalidNumber: send('01', 'always', refused(refusals.invalidPhone), 'is an invalid phone number'),
  unauthorized: send('02', 'always', refused(refusals.unauthorized), 'makes 8x8 refuse the key: 401/1200'),
  forbidden: send('03', 'always', refused(refusals.forbidden), 'is forbidden: 403/1201'),
  rateLimited: send(
    '04',
    'once',
    { ...refused(refusals.tooManyRequests), headers: { 'retry-after': '1' } },
    'gets 429 with Retry-After: 1, then works',
  ),
  serverError: send('05', 'once', refused(refusals.serverError), 'gets 500 and no message, then works'),
  serverErrorAfterSending: send(
    '06',
    'once',
    { kind: 'status-after', status: 500 },
    'gets 500, though the message goes out, then works',
  ),
  serverErrorAlways: send('07', 'always', refused(refusals.serverError), 'gets 500 and no message, for ever'),
  hang: send('08', 'always', { kind: 'hang' }, 'never gets an answer or a message'),
  hangAfterSending: send('09', 'once', { kind: 'hang-after' }, 'gets the message and no answer, then works'),
  drop: send('10', 'once', { kind: 'drop' }, 'has its connection dropped and gets no message, then works'),
  dropAfterSending: send(
    '11',
    'once',
    { kind: 'drop-after' },
    'gets the message, and its connection dropped in the place of the answer, then works',
  ),
  truncated: send('12', 'once', { kind: 'truncate' }, 'gets the message and half of the answer, then works'),
  webPage: send('13', 'once', { kind: 'html' }, 'gets the message and a web page as the answer, then works'),
  needsTls13: send('14', 'always', refused(refusals.needsTls13), 'needs TLS 1.3: 426/1014'),
  voiceOnly: send('15', 'always', { kind: 'undelivered', channels: ['sms'] }, 'gets calls, but never a text'),
  undelivered: send('16', 'always', { kind: 'undelivered' }, 'never gets anything, though 8x8 says it does'),
  checkServerError: check(
    '21',
    'once',
    refused(refusals.serverError),
    'gets 500 to a check that is not judged',
  ),
  checkServerErrorAfterJudging: check(
    '22',
    'once',
    { kind: 'status-after', status: 500 },
    'gets 500 to a check that is judged',
  ),
  checkHang: check('23', 'once', { kind: 'hang' }, 'gets no answer to a check that is not judged'),
  checkDropAfterJudging: check(
    '24',
    'once',
    { kind: 'drop-after' },
    'has its connection dropped in the place of the answer to a check that is judged',
  ),
  checkRateLimited: check(
    '25',
    'once',
    { ...refused(refusals.tooManyRequests), headers: { 'retry-after': '1' } },
    'gets 429 with Retry-After: 1 to a check',
  ),
} as const satisfies Record<string, MagicNumber>

/** The magic in an E.164 number, if there is any. */
export function magicNumberFor(phone: string): MagicNumber | undefined {
  return byPhone.get(phone)
}

const byPhone = new Map<string, MagicNumber>(
  Object.values(magicNumbers).map((number) => [number.phone, number]),
)

function send(last: string, times: 'once' | 'always', fault: Fault, does: string): MagicNumber {
  return { phone: `+65810000${last}`, operation: 'send', times, fault, does }
}

function check(last: string, times: 'once' | 'always', fault: Fault, does: string): MagicNumber {
  return { phone: `+65810000${last}`, operation: 'check', times, fault, does }
}

function refused({ status, code }: Refusal) {
  return { kind: 'status', status, code } as const
}
