/** Packages from PyPI, with a stand-in for Python that writes down what it is asked for. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cacheFolder } from '../../platform/dev-server/binary.ts'
import { pythonVenv } from '../../platform/dev-server/python-venv.ts'

/** `python3` on a PATH of the test's own, and a cache; `pip` fails as long as there is a file `offline`. */
async function openScene() {
  const directory = await mkdtemp(join(tmpdir(), 'python-venv-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'path')
  const log = join(directory, 'log')
  const offline = join(directory, 'offline')
  await mkdir(path)
  const python = `#!/bin/sh
case "$2" in
  venv) mkdir -p "$3/bin" && cp "${path}/python3" "$3/bin/python" && echo venv >> ${log} ;;
  pip) echo "pip $*" >> ${log}; test ! -e ${offline} ;;
esac
`
  await writeFile(join(path, 'python3'), python)
  await chmod(join(path, 'python3'), 0o755)
  const env = {
    PATH: [path, '/usr/bin', '/bin'].join(delimiter),
    XDG_CACHE_HOME: join(directory, 'cache'),
  }
  const install = () =>
    pythonVenv({ name: 'snake', version: '1.2.3', env, report: () => undefined, limitMs: 10_000 })
  return { env, install, offline, asked: () => readFile(log, 'utf8') }
}

const once = /^venv\npip -m pip install .* snake==1\.2\.3\n$/

test('a package is installed once, in a folder of its own in the cache', async () => {
  const { env, install, asked } = await openScene()
  const commands = await install()
  expect(commands).toBe(join(cacheFolder(env), 'python-snake-1.2.3', 'bin'))
  expect(await install()).toBe(commands)
  expect(await asked()).toMatch(once)
})

test('an installation that failed is told, and made anew the next time', async () => {
  const { install, offline, asked } = await openScene()
  await writeFile(offline, '')
  await expect(install()).rejects.toThrow('snake 1.2.3 cannot be installed')
  await rm(offline)
  await install()
  expect((await asked()).match(/^venv$/gm)).toHaveLength(2)
})

test('an environment whose Python is gone is made anew', async () => {
  const { install, asked } = await openScene()
  await rm(join(await install(), 'python'))
  await install()
  expect((await asked()).match(/^venv$/gm)).toHaveLength(2)
})

test('without Python the error says that it is missing', async () => {
  const { env } = await openScene()
  const snake = { name: 'snake', version: '1.2.3', report: () => undefined, limitMs: 1000 }
  await expect(pythonVenv({ ...snake, env: { ...env, PATH: '/nowhere' } })).rejects.toThrow(
    'there is no `python3` on the PATH',
  )
})
