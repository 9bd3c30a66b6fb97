import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { formatQueries } from './format.js'

describe('docs/editors.md', () => {
  it('shows what the formatter does', () => {
    const page = readFileSync(new URL('../../../../docs/editors.md', import.meta.url), 'utf8')
    const [before = '', after] = [...page.matchAll(/```gq\n([^]*?)```/g)].map(([, text]) => text)
    expect(before).toContain('query')
    expect(formatQueries(before).text).toBe(after)
  })
})
