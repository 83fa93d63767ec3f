/** Temporal's CLI as the project's own pages and scripts call it, towards the server of the tests. */
import { tmpdir } from 'node:os'
import { delimiter, dirname } from 'node:path'
import { inject } from 'vitest'
import { findBinary } from '../../platform/dev-server/find-binary.ts'

/** An environment in which `temporal` is found and speaks to `namespace`. */
export async function temporalCliEnv(namespace: string): Promise<NodeJS.ProcessEnv> {
  const binary = await findBinary({ report: (line) => process.stderr.write(`${line}\n`) })
  return {
    PATH: [dirname(binary), process.env.PATH].join(delimiter),
    // Whoever runs the tests may have settings of Temporal's CLI at home.
    HOME: tmpdir(),
    XDG_CONFIG_HOME: tmpdir(),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: namespace,
  }
}
