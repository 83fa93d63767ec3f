import type { Login } from '../../domain/login.ts'

/** A login as it is answered while its code is awaited; what a test says otherwise it spreads over this. */
export const waitingLogin: Login = {
  id: 'lg_x',
  status: 'waiting_for_code',
  phone: '+••••••••67',
  country: 'SG',
  channel: 'sms',
  brand: 'Acme',
  purpose: 'login',
  attemptsLeft: 5,
  resendsLeft: 2,
  resendAfter: '2030-01-01T00:00:30.000Z',
  expiresAt: '2030-01-01T00:05:00.000Z',
  createdAt: '2030-01-01T00:00:00.000Z',
  delivery: 'sent',
}
