/** How a rule for the members of a payload is written. */
import type { Leaf } from './leaves.ts'

/** Whatever has another form than its shape, and every member that is not named, is replaced as unknown. */
export type Shape = Leaf | readonly [Shape] | { readonly [member: string]: Shape }

/** A rule for every member that any variant of `T` has. */
export type Members<T> = Record<T extends unknown ? keyof T : never, Shape>
