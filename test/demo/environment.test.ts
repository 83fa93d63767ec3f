import { describe, expect, test } from 'vitest'
import { parseEnvironment } from '../../demo/environment.ts'

const webhookSecret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`

describe('the demo’s environment', () => {
  test('needs the API key alone', () => {
    expect(parseEnvironment({ POSTERN_API_KEY: 'pk' })).toEqual({
      port: 3001,
      url: 'http://127.0.0.1:3001',
      postern: {
        url: 'http://127.0.0.1:3000',
        apiKey: 'pk',
        issuer: 'http://127.0.0.1:3000',
        audience: 'default',
      },
    })
  })

  test('is read whole', () => {
    expect(
      parseEnvironment({
        DEMO_PORT: '8080',
        DEMO_URL: 'https://amazing.example',
        DEMO_FILE: '/var/demo.json',
        POSTERN_URL: 'https://postern.internal/',
        POSTERN_API_KEY: 'pk',
        POSTERN_ISSUER: 'https://postern.example',
        POSTERN_AUDIENCE: 'amazing',
        WEBHOOK_SECRET: webhookSecret,
        SANDBOX_URL: 'http://127.0.0.1:3002',
        TEMPORAL_UI_URL: 'http://127.0.0.1:8233',
        TEMPORAL_NAMESPACE: 'logins',
      }),
    ).toEqual({
      port: 8080,
      url: 'https://amazing.example',
      file: '/var/demo.json',
      postern: {
        url: 'https://postern.internal',
        apiKey: 'pk',
        issuer: 'https://postern.example',
        audience: 'amazing',
      },
      webhookSecret,
      development: {
        sandboxUrl: 'http://127.0.0.1:3002',
        workflowsUrl: 'http://127.0.0.1:8233/namespaces/logins/workflows',
      },
    })
  })

  test('has its own address from its port', () => {
    expect(parseEnvironment({ POSTERN_API_KEY: 'pk', DEMO_PORT: '4000' }).url).toBe('http://127.0.0.1:4000')
  })

  test('takes an empty variable for one that is not set', () => {
    const empty = { DEMO_PORT: '', DEMO_FILE: '', WEBHOOK_SECRET: '', SANDBOX_URL: '', TEMPORAL_UI_URL: '' }
    expect(parseEnvironment({ POSTERN_API_KEY: 'pk', ...empty })).toEqual(
      parseEnvironment({ POSTERN_API_KEY: 'pk' }),
    )
  })

  test('tells all that is wrong with it at once, and no secret', () => {
    const parse = () =>
      parseEnvironment({
        DEMO_PORT: '70000',
        DEMO_URL: 'amazing.example',
        POSTERN_URL: 'http://127.0.0.1:3000/v1',
        WEBHOOK_SECRET: 'whsec_short',
        SANDBOX_URL: 'ftp://127.0.0.1',
        TEMPORAL_UI_URL: 'nowhere',
      })
    const problems = [
      'DEMO_PORT must be a port number from 1 to 65535, not "70000".',
      'DEMO_URL must be an http or https origin, such as http://127.0.0.1:3001.',
      'POSTERN_URL must be an http or https origin, such as http://127.0.0.1:3000.',
      'POSTERN_API_KEY is required: the key of an app with the scope start.',
      'WEBHOOK_SECRET must be whsec_ and at least 24 bytes in base64.',
      'SANDBOX_URL must be an http or https origin, such as http://127.0.0.1:3002.',
      'TEMPORAL_UI_URL must be an http or https origin, such as http://127.0.0.1:8233.',
    ]
    expect(parse).toThrow(new Error(problems.join('\n')))
  })

  test.each(['0', '65536', '-1', '3001x', '1e3', ' 3001'])('takes no port %j', (DEMO_PORT) => {
    expect(() => parseEnvironment({ POSTERN_API_KEY: 'pk', DEMO_PORT })).toThrow(/^DEMO_PORT must be/)
  })
})
