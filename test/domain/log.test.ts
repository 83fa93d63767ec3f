/** What the type of a log line lets through; `npm run typecheck` is what fails here, when it lets through more. */
import { expect, test } from 'vitest'
import type { Log } from '../../domain/log.ts'

test('PII-15: what must not be in a log has no field in it, so a line with it does not compile', () => {
  const lines: object[] = []
  const log: Pick<Log, 'info'> = { info: (fields) => void lines.push(fields) }
  const phone = { e164: '+6591234567', country: 'SG', masked: '+••••••••67' }

  log.info({ requestId: 'r', status: 200, limit: undefined }, 'answered')
  // @ts-expect-error no line has a number
  log.info({ phone: phone.masked }, 'answered')
  // @ts-expect-error nor has one a code, beside what is let through
  log.info({ requestId: 'r', code: '123456' }, 'answered')
  const fields = { requestId: 'r', authorization: 'Bearer pk_live_x' }
  // @ts-expect-error also not by a variable
  log.info(fields, 'answered')
  // @ts-expect-error and an object, in which anything may be, is no value
  log.info({ app: phone }, 'answered')
  // @ts-expect-error nor is an error
  log.info({ error: new Error('a library’s message') }, 'answered')

  expect(lines).toHaveLength(6)
})
