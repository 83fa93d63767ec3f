/** A machine on which somebody follows docs/running.md: a checkout, a shell, Docker, and an 8x8 that can be asked. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createPosternClient } from '../../client/index.ts'
import { root } from '../house/repository.ts'
import { HOST, startEightXEight } from './eight-x-eight.ts'
import { provideImages } from './images.ts'
import { run } from './shell.ts'

export type Machine = Awaited<ReturnType<typeof openMachine>>

const PROJECT = 'postern-test'
/** What the person with `$EDITOR` fills in. */
const filledIn = {
  PUBLIC_URL: 'https://login.example',
  EIGHTXEIGHT_API_KEY: 'sandbox-key',
  EIGHTXEIGHT_SUBACCOUNT_ID: 'acme',
  ALLOWED_COUNTRIES: 'SG',
  TEMPORAL_UI_URL: 'https://temporal.example',
  CODEC_URL: 'https://codec.example',
}

/** `close` takes away what it started, volumes and networks too; images stay. */
export async function openMachine(settings: Readonly<Record<string, string>>) {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    await run('docker version && docker compose version', { cwd: root })
    const standIns = await provideImages()
    const folder = await mkdtemp(join(tmpdir(), 'postern-compose-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))

    const certificates = join(folder, '8x8')
    await mkdir(certificates)
    const gateway = await run('docker network inspect bridge --format "{{(index .IPAM.Config 0).Gateway}}"', {
      cwd: root,
    })
    const eightXEight = await startEightXEight(certificates, gateway.trim())
    closers.push(() => eightXEight.close())

    const override = join(folder, 'override.yaml')
    await writeFile(override, toOverride(join(certificates, 'ca.pem')))
    const editor = join(folder, 'editor')
    await writeFile(editor, toEditor({ ...filledIn, ...settings, EIGHTXEIGHT_BASE_URL: eightXEight.url }), {
      mode: 0o755,
    })
    const env = { ...process.env, COMPOSE_PROJECT_NAME: PROJECT, EDITOR: editor, OVERRIDE: override }
    let checkout = join(folder, 'first')
    /** Lines of the page, in one shell and in the newest checkout, as with a person. */
    const follow = (lines: readonly string[]) => run([DOCKER, ...lines].join('\n'), { cwd: checkout, env })
    const compose = (words: string) => follow([`docker compose -f deploy/compose.yaml ${words}`])

    await checkOut(checkout)
    closers.push(() => compose('--profile rollout --profile tools down --volumes --timeout 5'))
    const setting = async (name: string) => {
      const text = await readFile(join(checkout, 'deploy/.env'), 'utf8')
      return new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? ''
    }
    const set = (name: string, value: string) =>
      run(toEdit(name, value), { cwd: checkout, env: { ...env, FILE: 'deploy/.env' } })
    const { sandbox } = eightXEight
    return {
      standIns,
      follow,
      compose,
      setting,
      set,
      sandbox,
      close,
      /** The next release's checkout, with the settings and keys of the one before, which is left. */
      async checkOutNext(version: string): Promise<void> {
        const [before, next] = [checkout, join(folder, version)]
        await checkOut(next)
        const kept = ['deploy/.env', 'deploy/apps', 'deploy/secrets'].map((name) => join(before, name))
        await run(`cp -a ${kept.join(' ')} deploy/ && npm pkg set version=${version}`, { cwd: next })
        checkout = next
      },
      /** The app's backend, on this machine. */
      async app(port = 3000) {
        return createPosternClient({ baseUrl: `http://127.0.0.1:${port}`, apiKey: await setting('API_KEY') })
      },
      codeFor(phone: string): string {
        const code = sandbox.lastCode(phone)
        if (code === undefined) throw new Error('no code has reached that phone')
        return code
      },
      /** Messages that went to a number. */
      sends: (phone: string) => sandbox.messages(phone).length,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The page's own words, with the file beside it that leads to the sandbox. */
const DOCKER = `docker() {
  if [ "$1 $2 $3" = 'compose -f deploy/compose.yaml' ]; then
    command docker compose -f deploy/compose.yaml -f "$OVERRIDE" "\${@:4}"
  else
    command docker "$@"
  fi
}`

function toOverride(certificate: string): string {
  const toSandbox = {
    environment: { NODE_EXTRA_CA_CERTS: '/run/8x8/ca.pem' },
    volumes: [`${certificate}:/run/8x8/ca.pem:ro`],
    extra_hosts: [`${HOST}:host-gateway`],
  }
  const callers = ['worker', 'worker-next', 'operator'].map((name) => [name, toSandbox] as const)
  return JSON.stringify({ services: Object.fromEntries(callers) })
}

function toEditor(values: Readonly<Record<string, string>>): string {
  const edits = Object.entries(values).map(([name, value]) => toEdit(name, value))
  return ['#!/usr/bin/env bash', 'set -e', 'FILE=$1', ...edits, ''].join('\n')
}

function toEdit(name: string, value: string): string {
  return `sed -i '/^${name}=/d' "$FILE" && echo '${name}=${value}' >> "$FILE"`
}

/** What is committed or would be, as it stands here. */
async function checkOut(into: string): Promise<void> {
  const files = await run('git ls-files --cached --others --exclude-standard -z', { cwd: root })
  for (const file of files.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(into, file)), { recursive: true })
    await copyFile(join(root, file), join(into, file))
  }
}
