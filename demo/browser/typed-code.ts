/** Takes out what people, keyboards and messages put between digits: "123 456" and "123-456" are one code. */
export function toCode(typed: string): string {
  return typed.normalize('NFKC').replace(/[\s\p{Dash_Punctuation}]/gu, '')
}

export function isCode(code: string, length: number): boolean {
  return code.length === length && /^[0-9]+$/.test(code)
}

/** Whether the whole code came at once, by paste, drop or autofill: then there is nothing left to type. */
export function cameAtOnce(event: Event): boolean {
  const atOnce = ['insertFromPaste', 'insertFromDrop', 'insertReplacementText']
  return !(event instanceof InputEvent) || atOnce.includes(event.inputType)
}
