/** Passwords as OWASP's Password Storage Cheat Sheet has them: Argon2id, 19 MiB, two passes, one thread. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

export type Passwords = ReturnType<typeof createPasswords>

/** In characters; there is no rule on which (NIST SP 800-63B-4, 3.1.1.2). */
export const passwordLength = { least: 12, most: 128 }

/** `algorithm` is left out: Argon2id is what this library takes of itself. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** @param argon2 default: the library; a test may count what is asked of it */
export function createPasswords(argon2 = { hash, verify }) {
  const hashOfNobody = argon2.hash(randomBytes(32), cost)

  return {
    hash: (password: string): Promise<string> => argon2.hash(normal(password), cost),

    /** Whether the password belongs to the hash. For a user that is unknown, as much work, and `false`. */
    async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
      const isRight = await argon2.verify(passwordHash ?? (await hashOfNobody), normal(password))
      return isRight && passwordHash !== undefined
    },
  }
}

/** One character can be written in several ways, and keyboards differ. */
const normal = (password: string) => password.normalize('NFC')
