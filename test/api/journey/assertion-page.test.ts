/** docs/assertion.md, held to what is signed: its claims, and its code, which is run. */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { decodeJwt } from 'jose'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { blocksOf, pageAt, rowsOf } from '../../docs/pages.ts'
import { loginOf, openJourney } from '../../support/http.ts'
import { aPhone } from '../../support/house.ts'
import { issuer } from '../../support/proofs.ts'
import { pythonWith } from '../../support/python.ts'

const page = pageAt('docs/assertion.md')
const blockOf = (language: string) => blocksOf(page).find((block) => block.language === language)?.text ?? ''
const nonce = 'nonce-of-this-session'

async function signed() {
  const { house, api } = await openJourney({}, { settings: { assertsPhone: true } })
  const phone = aPhone()
  const { id } = loginOf(await api.start({ phone: phone.e164, nonce }))
  const { body } = await api.submit(id, house.codeFor(phone))
  return { url: api.url, assertion: String(body.assertion) }
}

test('TOK-3: the page names every claim, and no other', async () => {
  const named = rowsOf(page).flatMap(([claims = '']) =>
    [...claims.matchAll(/`(\w+)`/g)].map(([, claim = '']) => claim),
  )
  expect(named.sort()).toEqual(Object.keys(decodeJwt((await signed()).assertion)).sort())
})

type Verify = (assertion: string, nonce: string) => Promise<{ readonly login_id: string }>

test('TOK-7, BIND-9: the TypeScript of the page takes an assertion once, and for its own session', async () => {
  const { url, assertion } = await signed()
  const { outputText } = ts.transpileModule(blockOf('ts').replace('`${issuer}/', `\`${url}/`), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  })
  const exported: { createVerifier?: (issuer: string, audience: string) => Verify } = {}
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the page's code is what is tested
  new Function('require', 'exports', outputText)(createRequire(import.meta.url), exported)
  const { createVerifier } = exported
  if (createVerifier === undefined) throw new Error('the page exports no createVerifier')
  const verify = createVerifier(issuer, 'acme')
  await expect(verify(assertion, 'another')).rejects.toThrow('of another session')
  await expect(createVerifier(issuer, 'other')(assertion, nonce)).rejects.toThrow('"aud"')
  await expect(verify(assertion, nonce)).resolves.toMatchObject(decodeJwt(assertion))
  await expect(verify(assertion, nonce)).rejects.toThrow('taken already')
})

test('TOK-2, TOK-3: the Python of the page takes it, and nothing else', { timeout: 200_000 }, async () => {
  const python = await pythonWith('joserfc', '1.6.5')
  const { url, assertion } = await signed()
  const jwks: unknown = await (await fetch(`${url}/.well-known/jwks.json`)).json()
  const program = `${blockOf('python')}
import json, sys
print(json.dumps(verify(**json.load(sys.stdin))))
`
  const verify = (more: object): unknown => {
    const input = JSON.stringify({ assertion, jwks, issuer, audience: 'acme', nonce, ...more })
    return JSON.parse(execFileSync(python, ['-c', program], { input, encoding: 'utf8', stdio: 'pipe' }))
  }
  expect(verify({})).toEqual(decodeJwt(assertion))
  const [, claims = ''] = assertion.split('.')
  const none = Buffer.from('{"alg":"none","typ":"login-assertion+jwt"}').toString('base64url')
  const wrong = [{ audience: 'other' }, { issuer: 'x' }, { nonce: 'x' }, { assertion: `${none}.${claims}.` }]
  for (const more of wrong) expect(() => verify(more), JSON.stringify(more)).toThrow()
})
