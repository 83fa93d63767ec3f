/** docs/shipping-workflow-changes.md: Temporal's CLI takes every command of the page as it stands. */
import { expect, test } from 'vitest'
import { DEPLOYMENT_NAME } from '../../platform/worker-version.ts'
import { aPhone, openHouse, type House } from '../support/house.ts'
import { commands, runInShell } from '../support/shipping-page.ts'
import { startVersion } from '../support/versions.ts'

const OLD = '1.0.0'
const NEW = '1.1.0'

/** The middle of a rollout, where each command of the page makes sense. */
async function beginRollout({ client, namespace }: House): Promise<void> {
  const deployment = { namespace, deploymentName: DEPLOYMENT_NAME }
  await client.workflowService.setWorkerDeploymentCurrentVersion({ ...deployment, buildId: OLD })
  const share = { buildId: NEW, percentage: 20 }
  await client.workflowService.setWorkerDeploymentRampingVersion({ ...deployment, ...share })
}

test('the page has commands for a rollout, a way back, and what stays open', () => {
  const kinds = commands.map((command) => command.split(' ').slice(1, 4).join(' '))
  expect(new Set(kinds)).toEqual(
    new Set([
      'worker deployment set-ramping-version',
      'worker deployment set-current-version',
      'worker deployment describe',
      'workflow count --query',
      'workflow list --query',
      'workflow update-options --query',
      'workflow update-options --workflow-id',
    ]),
  )
})

test('Temporal’s CLI takes every command of the page as it stands', async () => {
  const house = await openHouse({ worker: 'none', forProcesses: true })
  for (const version of [OLD, NEW]) await startVersion(house, version)
  await beginRollout(house)
  const phone = aPhone()
  await house.login(phone)
  for (const command of commands) {
    if (command.includes(' set-')) await beginRollout(house)
    const said = await runInShell(house.namespace, command, { OLD, NEW, ID: house.workflowId(phone) })
    expect(`${command}\n${said}`).not.toMatch(/error|usage/i)
  }
}, 60_000)
