/** The variants of `npm run sabotage`, which takes long: here only that each still breaks what it says it breaks. */
import { describe, expect, test } from 'vitest'
import { themes } from '../../bin/sabotage/themes.ts'
import { applied } from '../../bin/sabotage/variant.ts'
import { read } from '../docs/pages.ts'

const variants = Object.values(themes).flat()

describe('a variant fits its file, and the file of the test that must notice is there:', () => {
  test.each(variants)('$name', (variant) => {
    expect(applied(variant, read(variant.file))).toBeDefined()
    // Its title may be one that a table makes, which only a run can tell.
    expect(read(variant.test)).toContain('vitest')
  })
})

test('no two have one name, and the README has their number', () => {
  expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length)
  expect(read('README.md')).toContain(`in ${variants.length} ways`)
})
