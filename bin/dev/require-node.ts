/** Imported first, for its effect: an older Node would fail later, and less clearly. */
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(`postern: Node 24 or newer is needed, and this is ${process.version} (${process.execPath}).`)
  console.error('postern: `npm ci` brings one along; `npm start` and `npx node` then use it.')
  process.exit(1)
}
