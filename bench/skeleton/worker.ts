/** The skeleton's worker, a process of its own with the SDK's default options: `node worker.ts {sandbox's URL}`. */
import { fileURLToPath } from 'node:url'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { createSkeletonActivities } from './activities.ts'
import { SKELETON_TASK_QUEUE } from './messages.ts'

const [sandboxUrl = ''] = process.argv.slice(2)
Runtime.install({ logger: new DefaultLogger('ERROR') })
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ disableFile: true })
const connection = await NativeConnection.connect(connectionOptions)
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: SKELETON_TASK_QUEUE,
  workflowsPath: fileURLToPath(new URL('./workflow.ts', import.meta.url)),
  activities: createSkeletonActivities(sandboxUrl),
})
const ended = worker.run()
console.log('postern: ready skeleton')
await ended
await connection.close()
