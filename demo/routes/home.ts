import { homePage } from '../pages/home.ts'
import type { Demo } from './context.ts'
import { show } from './show.ts'

/** `GET /`: what the product is. */
export function home(demo: Demo): void {
  demo.get('/', (c) => (c.var.account ? c.redirect('/account', 303) : show(c, homePage())))
}
