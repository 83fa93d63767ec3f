/** What is measured: something that sends a code and takes one. */

export const contenderNames = ['postern', 'skeleton'] as const
export type ContenderName = (typeof contenderNames)[number]

export type Contender = {
  readonly name: ContenderName
  /** Resolves when the code is out and the caller knows; rejects when it is not. */
  start(phone: string): Promise<WaitingLogin>
  /** The processes whose time counts as its own. */
  readonly processes: readonly BenchProcess[]
}

export type WaitingLogin = {
  readonly workflowId: string
  /** Resolves when the code has been verified; rejects otherwise. */
  submit(code: string): Promise<void>
}

/** `bench`: this process, with the sandbox and the clients of both. */
export const partNames = ['api', 'worker', 'server', 'bench'] as const
export type PartName = (typeof partNames)[number]

export type BenchProcess = { readonly part: PartName; readonly pid: number }
