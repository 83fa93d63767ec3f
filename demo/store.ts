/** What the product remembers. A product of more than one process would keep this in its database. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** `phone` is there once two-factor login is on. */
export type Account = z.infer<typeof accountSchema>
export type Session = z.infer<typeof sessionSchema>
export type ActivityLine = z.infer<typeof activityLineSchema>

export type Store = ReturnType<typeof createStore>

/** Of an account, the newest are kept. */
const MOST_ACTIVITY_LINES = 20

const accountSchema = z.readonly(
  z.object({
    id: z.string(),
    /** In lower case; unique. */
    name: z.string(),
    passwordHash: z.string(),
    /** E.164, and as a page may show it. */
    phone: z.readonly(z.object({ e164: z.string(), masked: z.string() })).exactOptional(),
  }),
)

const pendingSchema = z.readonly(
  z.object({
    loginId: z.string(),
    clientToken: z.string(),
    nonce: z.string(),
    purpose: z.enum(['login', 'enrolment']),
    phone: z.string(),
    channel: z.enum(['sms', 'call']),
    e164: z.string(),
    userId: z.string(),
    startedAt: z.number(),
  }),
)

const sessionSchema = z.readonly(
  z.object({
    /** Who is signed in. A session without it has a sign-in pending, and gives no rights. */
    userId: z.string().exactOptional(),
    pending: pendingSchema.exactOptional(),
    /** Milliseconds since 1970. */
    expiresAt: z.number(),
  }),
)

/** `at` is ISO 8601 in UTC. */
const activityLineSchema = z.readonly(z.object({ at: z.string(), text: z.string() }))

/** Of the file: each map as its entries. */
const contentSchema = z.object({
  accounts: z.array(accountSchema),
  sessions: z.array(z.tuple([z.string(), sessionSchema])),
  activity: z.array(z.tuple([z.string(), z.array(activityLineSchema)])),
  taken: z.array(z.tuple([z.string(), z.number()])),
})

/**
 * @param options.file keeps all of it over a restart, readable by its owner alone; default: memory only
 * @throws `Error` when the file is there and is not what this function wrote, or cannot be written
 */
export function createStore({ file }: { readonly file?: string } = {}) {
  const content = file === undefined ? empty : readContent(file)
  const accounts = new Map(content.accounts.map((account) => [account.id, account]))
  const idsByName = new Map(content.accounts.map(({ id, name }) => [name, id]))
  const sessions = new Map(content.sessions)
  const activity = new Map(content.activity)
  const taken = new Map(content.taken)

  function keep(): void {
    if (file === undefined) return
    const kept: z.infer<typeof contentSchema> = {
      accounts: [...accounts.values()],
      sessions: [...sessions],
      activity: [...activity],
      taken: [...taken],
    }
    writeWhole(file, JSON.stringify(kept))
  }

  // What cannot be written is told at the start, and not to the first user.
  keep()

  return {
    accounts: {
      byId: (id: string): Account | undefined => accounts.get(id),
      byName: (name: string): Account | undefined => accounts.get(idsByName.get(name) ?? ''),
      /** `false` when the name is taken. */
      add(account: Account): boolean {
        if (idsByName.has(account.name)) return false
        accounts.set(account.id, account)
        idsByName.set(account.name, account.id)
        keep()
        return true
      },
      /** Names stay as they are. */
      update(id: string, change: Pick<Account, 'phone'>): void {
        const account = accounts.get(id)
        if (account === undefined) return
        accounts.set(id, { ...account, ...change })
        keep()
      },
    },

    sessions: {
      byDigest(digest: string, now = Date.now()): Session | undefined {
        const session = sessions.get(digest)
        return session !== undefined && session.expiresAt > now ? session : undefined
      },
      put(digest: string, session: Session, now = Date.now()): void {
        for (const [each, { expiresAt }] of sessions) if (expiresAt <= now) sessions.delete(each)
        sessions.set(digest, session)
        keep()
      },
      delete(digest: string): void {
        if (sessions.delete(digest)) keep()
      },
      deleteOf(userId: string): void {
        for (const [digest, { userId: owner, pending }] of sessions) {
          if (owner === userId || pending?.userId === userId) sessions.delete(digest)
        }
        keep()
      },
    },

    activity: {
      add(userId: string, line: ActivityLine): void {
        const lines = [line, ...(activity.get(userId) ?? [])].sort((a, b) => b.at.localeCompare(a.at))
        activity.set(userId, lines.slice(0, MOST_ACTIVITY_LINES))
        keep()
      },
      /** What happened last is first, in whichever order it was told. */
      of: (userId: string): readonly ActivityLine[] => activity.get(userId) ?? [],
    },

    /**
     * `true` the first time that this id of this kind is given, and `false` from then on.
     * @param untilMs since 1970: it need not be remembered any longer
     */
    takeOnce(kind: 'jti' | 'webhook', id: string, untilMs: number, now = Date.now()): boolean {
      for (const [each, until] of taken) if (until <= now) taken.delete(each)
      const key = `${kind} ${id}`
      if (taken.has(key)) return false
      taken.set(key, untilMs)
      keep()
      return true
    },
  }
}

const empty: z.infer<typeof contentSchema> = { accounts: [], sessions: [], activity: [], taken: [] }

function readContent(file: string): z.infer<typeof contentSchema> {
  try {
    return contentSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return empty
    // Starting with nothing would write over what may still be saved.
    throw new Error(`${file} is not a file of this demo. Move it away to start with no accounts.`, {
      cause: error,
    })
  }
}

/** A draft takes the file's place only once it is whole and on the disk, so a crash leaves one or the other. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.draft`
  // One that a crash has left would keep its own rights.
  rmSync(draft, { force: true })
  const descriptor = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(draft, file)
}
