/** An `APPS_FILE` for commands that run as processes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** @param subAccounts by the names of their apps; the file is deleted when the test ends */
export async function appsFile(subAccounts: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'apps-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const apps = Object.entries(subAccounts).map(([name, subAccountId]) => {
    return { name, brand: 'Acme', keys: [], subAccountId }
  })
  const file = join(folder, 'apps.json')
  await writeFile(file, JSON.stringify({ apps }))
  return file
}
