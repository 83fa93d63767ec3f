/**
 * The parts of a build as CycloneDX: what is shipped, and nothing that only builds and tests. npm makes the list; its own
 * `--omit dev` also leaves out what a development package needs besides us, the whole Temporal SDK among it (npm 11).
 */
import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { URL, fileURLToPath } from 'node:url'

const npm = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
  cwd: fileURLToPath(new URL('../', import.meta.url)),
  encoding: 'utf8',
  maxBuffer: 1e8,
  stdio: ['ignore', 'pipe', 'inherit'],
})
if (npm.status === 0) process.stdout.write(`${JSON.stringify(shipped(JSON.parse(npm.stdout)), null, 2)}\n`)
else process.exitCode = 1

function shipped({ components, dependencies, ...rest }) {
  const left = new Set(components.filter(isDevelopment).map((component) => component['bom-ref']))
  return {
    ...rest,
    components: components.filter((component) => !left.has(component['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => !left.has(ref))
      .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !left.has(ref)) })),
  }
}

function isDevelopment({ properties = [] }) {
  return properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true')
}
