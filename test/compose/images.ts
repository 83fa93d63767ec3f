import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../house/repository.ts'
import { run } from './shell.ts'

/** Every image that deploy/ names and does not build itself. */
const named = [
  ...new Set(
    [
      `node:${/^ARG NODE=(\S+)$/m.exec(read('deploy/Dockerfile'))?.[1] ?? ''}`,
      ...[...read('deploy/compose.yaml').matchAll(/^ +image: (\S+)$/gm)].map(([, image = '']) => image),
    ].filter((image) => !image.startsWith('postern:')),
  ),
]

/**
 * Sees to it that the engine has them: pulled, or built by stand-ins/build.sh where no registry answers.
 * @returns those that stand in for the real ones
 */
export async function provideImages(): Promise<readonly string[]> {
  const isThere = (image: string) => succeeds(`docker image inspect ${image}`)
  for (const image of named) {
    if ((await isThere(image)) || (await succeeds(`timeout 600 docker pull ${image}`))) continue
    await run(`test/compose/stand-ins/build.sh ${image}`, { cwd: root })
  }
  const standIns = await run(
    'docker image ls --filter label=postern.stand-in --format "{{.Repository}}:{{.Tag}}"',
    {
      cwd: root,
    },
  )
  return named.filter((image) => standIns.split('\n').includes(image))
}

const succeeds = (command: string) =>
  run(command, { cwd: root }).then(
    () => true,
    () => false,
  )

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
