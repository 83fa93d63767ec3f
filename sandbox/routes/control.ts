import { Hono } from 'hono'
import { z } from 'zod'
import { faultScriptSchema } from '../fault-schema.ts'
import { behaviourChangeSchema } from '../options.ts'
import { asPhone } from '../phone.ts'
import type { Sandbox } from '../sandbox.ts'

/** `/sandbox/*`: what 8x8 does not have, for tests and for people who want to see things go wrong. */
export function controlRoutes(sandbox: Omit<Sandbox, 'app'>): Hono {
  const routes = new Hono()
  routes.post('/sandbox/faults', async (c) => {
    const script = faultScriptSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!script.success) return c.json({ error: z.prettifyError(script.error) }, 422)
    sandbox.fault(script.data)
    return c.body(null, 204)
  })
  routes.delete('/sandbox/faults', (c) => {
    sandbox.clearFaults()
    return c.body(null, 204)
  })
  routes.get('/sandbox/behaviour', (c) => c.json(sandbox.behaviour()))
  routes.patch('/sandbox/behaviour', async (c) => {
    const change = behaviourChangeSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!change.success) return c.json({ error: z.prettifyError(change.error) }, 422)
    sandbox.change(change.data)
    return c.json(sandbox.behaviour())
  })
  routes.get('/sandbox/requests', (c) => {
    const phone = c.req.query('phone') ?? ''
    const wanted = phone === '' ? undefined : asPhone(phone)
    return c.json({
      requests: sandbox.requests.filter((it) => wanted === undefined || it.phone === wanted),
    })
  })
  routes.get('/sandbox/receipts', (c) => c.json({ receipts: sandbox.receipts }))
  routes.delete('/sandbox/requests', (c) => {
    sandbox.clear()
    return c.body(null, 204)
  })
  return routes
}
