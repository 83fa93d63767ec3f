import { describe, expect, test } from 'vitest'
import { problemResponses } from '../../api/schemas/problem.ts'
import { problems, type ProblemCode } from '../../domain/problems.ts'
import { given } from '../api/unit/harness.ts'
import { anchorsOf, pageAt, sectionsOf } from './pages.ts'

const page = pageAt('docs/errors.md')
const sections = sectionsOf(page)
const codes = Object.keys(problems) as ProblemCode[]

test('the page has a section for each code of the catalogue, in its order, and no other', () => {
  expect([...sections.keys()]).toEqual(codes)
})

test('the anchor of a section is the code', () => {
  expect(anchorsOf(page)).toEqual(expect.arrayContaining(codes))
})

describe('a section begins with the status and title of the catalogue', () => {
  test.each(codes)('%s', (code) => {
    const { status, title } = problems[code]
    expect(sections.get(code)?.split('\n')[0]).toBe(`${status} · ${title}`)
  })
})

describe('a section names the members that the contract gives its problem', () => {
  const known = ['type', 'code', 'status', 'title', 'detail', 'instance']
  test.each(codes)('%s', (code) => {
    const { status } = problems[code]
    const responses: unknown = problemResponses(code)
    const response = (responses as Readonly<Record<number, Response | undefined>>)[status]
    const schema = response?.content['application/problem+json'].schema
    const members = Object.keys(schema?.shape ?? {}).filter((member) => !known.includes(member))
    const said = members.map((member) => `\`${member}\``).join(', ') || 'none'
    const headers = Object.keys(response?.headers ?? {})
    const saidHeaders = headers.map((name) => ` Header: \`${name}\`.`).join('')
    expect(sections.get(code)).toContain(`\n\nMembers: ${said}.${saidHeaders}\n\n`)
  })
})

type Response = {
  readonly content: { 'application/problem+json': { schema: { shape: object } } }
  readonly headers?: object
}

test('a section says more than its head', () => {
  for (const section of sections.values()) expect(section.split('\n\n').length).toBeGreaterThanOrEqual(3)
})

test('the envelope that the page describes is the one that is answered', async () => {
  const { request } = given()
  const response = await request('/v1/nothing')
  const members = Object.keys((await response.json()) as object)
  const [preface = ''] = page.text.split('\n## ')
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(members.filter((member) => !preface.includes(`\`${member}\``))).toEqual([])
})
