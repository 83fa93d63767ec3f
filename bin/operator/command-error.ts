/** Told to an operator as it is: our words, with nothing of a person and nothing of a library's in them. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}
