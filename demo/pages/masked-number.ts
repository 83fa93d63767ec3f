import { html } from 'hono/html'

/** Of a number like `+••••••••67` a screen reader would say each dot. */
export const maskedNumber = (phone: string) =>
  html`<span class="number"
    ><span aria-hidden="true">${phone}</span
    ><span class="hidden">your number that ends in ${phone.slice(-2)}</span></span
  >`
