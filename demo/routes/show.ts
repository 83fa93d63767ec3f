import type { ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { layout, type Page } from '../pages/layout.ts'
import { notice } from '../pages/notice.ts'
import type { DemoDeps } from '../app.ts'
import type { DemoContext } from './context.ts'

/** A page in the product's layout. */
export function show(c: DemoContext, page: Page, status: ContentfulStatusCode = 200) {
  const { account, development } = c.var
  const user = account === undefined ? {} : { user: account.name }
  return c.html(layout({ ...page, ...user, ...(development && { development }) }), status)
}

type Around = Pick<DemoDeps, 'development' | 'log'>

export function answerNoSuchPage(around: Around): NotFoundHandler {
  return (c) => c.html(layout({ ...notice('Not found', 'There is no such page.'), ...phoneOf(around) }), 404)
}

/** The log gets the kind of what broke, and where; an error's message may hold what somebody typed. */
export function answerError(around: Around): ErrorHandler {
  return function answer(error, c) {
    if (error instanceof HTTPException && error.status === 403) {
      const foreign = notice('Not accepted', 'This form was not sent from our page. Open the page again.')
      return c.html(layout({ ...foreign, ...phoneOf(around) }), 403)
    }
    around.log(`${c.req.method} ${c.req.path} broke: ${error.name}`)
    const broken = notice('Something went wrong', 'It is our fault, not yours. Try again in a moment.')
    return c.html(layout({ ...broken, ...phoneOf(around) }), 500)
  }
}

function phoneOf({ development }: Around) {
  return development === undefined ? {} : { development }
}
