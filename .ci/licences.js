/**
 * Holds the licences of all packages in package-lock.json to the lists below, those that are shipped apart from those that
 * only build and test. Names what is not allowed; the exit status is then 1.
 */
import console from 'node:console'
import process from 'node:process'
import { readFileSync } from 'node:fs'
import { URL } from 'node:url'

/** Ask for a notice at most. */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
]

/** Besides, for what is not shipped: changes to their own files would have to be published, and we make none. */
const notShipped = ['MPL-2.0']

/** Looked at by a person: what the lockfile says, or does not, and why it may stay. */
const judged = {
  // Data about browsers, which webpack reads while it bundles; wants attribution, and is passed on unchanged.
  'caniuse-lite': 'CC-BY-4.0',
  // Names no licence in its package.json; the text in the package is the Unlicense.
  unionfs: undefined,
}

const file = process.argv[2] ?? new URL('../package-lock.json', import.meta.url)
const { packages } = JSON.parse(readFileSync(file, 'utf8'))
const found = Object.entries(packages)
  .filter(([path, { link }]) => path !== '' && link !== true)
  .map(([path, { version, license, dev = false }]) => {
    return { name: path.replace(/^.*node_modules\//, ''), version, license, isShipped: !dev }
  })
const refused = found.filter((one) => !isAllowed(one))

for (const { name, version, license, isShipped } of refused) {
  const what = license === undefined ? 'names no licence' : `is under ${license}`
  console.error(`${name}@${version} ${what}, and is ${isShipped ? 'shipped' : 'used to build and test'}`)
}
const shipped = found.filter(({ isShipped }) => isShipped).length
const rest = found.length - shipped
console.log(
  `licences of ${shipped} packages that are shipped, ${rest} that are not: ${refused.length} not allowed`,
)
process.exitCode = refused.length === 0 && found.length > 0 ? 0 : 1

function isAllowed({ name, license, isShipped }) {
  if (Object.hasOwn(judged, name) && judged[name] === license) return true
  return license !== undefined && holds(license, isShipped ? permissive : [...permissive, ...notShipped])
}

/** An SPDX expression of OR and AND, with AND the stronger; anything else is not allowed. */
function holds(expression, allowed) {
  return expression
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((license) => allowed.includes(license)))
}
