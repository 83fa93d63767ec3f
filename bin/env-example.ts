/** `npm run env-example`: writes `.env.example` from the settings (platform/config/) and what is said of each. */
import './dev/require-node.ts'
import { writeFileSync } from 'node:fs'
import { renderEnvExample } from './env-example/render.ts'

writeFileSync(new URL('../.env.example', import.meta.url), renderEnvExample())
console.log('.env.example is written.')
