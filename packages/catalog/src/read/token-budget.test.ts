import { describe, expect, it } from 'vitest'
import { aspect, type Bench, bench, table } from '../testing/shop.js'
import { callTool, type ToolName } from '../tool-call.js'
import { ANSWER_TOKENS, estimateTokens, firstWithin } from './token-budget.js'

const wide = (name: string, columns: number, about: string) =>
  aspect(table('w', name), 'schemaMetadata', {
    fields: Array.from({ length: columns }, (_, i) => ({
      fieldPath: `c${String(i).padStart(4, '0')}`,
      nativeDataType: 'TEXT',
      nullable: true,
      ...(i === columns - 1 && { isPartOfKey: true }),
      ...(i === columns - 2 && { description: about }),
    })),
  })

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member.
type Answer = any
const ask = (b: Bench, tool: ToolName, args: object): Answer =>
  callTool(b.catalog, tool, args as never, { at: {} })
const entityOf = (b: Bench, urn: string) => ask(b, 'get_entities', { urns: { many: false, texts: [urn] } })

describe('the token budget of an answer', () => {
  it('keeps whole items from the front, and the first however large it is', () => {
    expect(estimateTokens('x'.repeat(98))).toBe(32)
    const items = ['a', 'b', 'c'].map((x) => x.repeat(100))
    expect(firstWithin(items, 70)).toEqual(items.slice(0, 2))
    expect(firstWithin(items, 1)).toEqual(items.slice(0, 1))
    expect(firstWithin(items, 1_000)).toEqual(items)
  })

  it('shows of a schema that is too large its keys, then what is described, and says how much is missing', () => {
    const b = bench()
    b.catalog.ingest([wide('wide', 1_000, 'said')])
    const entity = entityOf(b, table('w', 'wide'))
    const schema = entity['schemaMetadata'] as unknown as {
      fields: { fieldPath: string }[]
      schemaFieldsTruncated: object
    }
    expect(schema.fields.slice(0, 3).map((f) => f.fieldPath)).toEqual(['c0999', 'c0998', 'c0000'])
    expect(schema.schemaFieldsTruncated).toEqual({
      totalFields: 1_000,
      includedFields: schema.fields.length,
      offset: 0,
    })
    expect(estimateTokens(schema.fields)).toBeLessThanOrEqual(16_000 + schema.fields.length)
    b.close()
  })

  it('leaves later entities of a list out whole, each with what to do', () => {
    const b = bench()
    const long = 'word '.repeat(30_000)
    const urns = ['a', 'b', 'c'].map((n) => table('w', n))
    b.catalog.ingest(urns.map((urn) => aspect(urn, 'datasetProperties', { description: long })))
    const { result } = ask(b, 'get_entities', { urns: { many: true, texts: urns } })
    expect(result.map((e: object) => 'error' in e)).toEqual([false, true, true])
    expect(result[1]).toMatchObject({
      urn: urns[1],
      code: 'answer_full',
      error: expect.stringContaining('ask for it alone'),
    })
    b.close()
  })

  it('leaves the largest members of one entity out in a fixed order, and names them', () => {
    const b = bench()
    const view = table('w', 'view')
    b.catalog.ingest([
      aspect(view, 'viewProperties', { viewLogic: 'select 1 '.repeat(40_000), viewLanguage: 'SQL' }),
      aspect(view, 'datasetProperties', { description: 'short' }),
    ])
    const entity = entityOf(b, view)
    expect(entity['viewProperties']).toBeUndefined()
    expect(entity['properties']).toMatchObject({ description: 'short' })
    expect(entity['omitted']).toEqual([{ part: 'viewProperties', tokens: expect.any(Number), get: 'query' }])
    expect(estimateTokens(entity)).toBeLessThan(ANSWER_TOKENS)
    b.close()
  })

  it('ends a page of lineage and of search early, and says so', () => {
    const b = bench()
    const root = table('w', 'root')
    const long = 'lineage '.repeat(5_000)
    const leaves = Array.from({ length: 8 }, (_, i) => table('w', `leaf${i}`))
    b.catalog.ingest(
      leaves.flatMap((urn) => [
        aspect(urn, 'datasetProperties', { description: long }),
        aspect(urn, 'upstreamLineage', { upstreams: [{ dataset: root, type: 'COPY' }] }),
      ]),
    )
    b.catalog.ingest([aspect(root, 'datasetProperties', { name: 'root' })])
    const { downstreams } = ask(b, 'get_lineage', { urn: root, upstream: false })
    const page = { total: 8, returned: 6, hasMore: true, truncatedDueToTokenBudget: true }
    expect(downstreams).toMatchObject(page)
    const rest = ask(b, 'get_lineage', { urn: root, upstream: false, offset: 6 }).downstreams
    expect(rest).toMatchObject({ total: 8, returned: 2, hasMore: false })
    expect(rest).not.toHaveProperty('truncatedDueToTokenBudget')
    expect(ask(b, 'search', { query: '/q leaf*' })).toMatchObject({
      total: 8,
      count: 6,
      truncatedDueToTokenBudget: true,
    })
    // What reads the catalog for itself, as the doors of DataHub do, gets all of it.
    expect(b.catalog.search({ query: '/q leaf*' })).toMatchObject({ total: 8, count: 8 })
    b.close()
  })

  it('shows a result that is too large by itself without its largest parts, beside the others', () => {
    const b = bench()
    const big = table('w', 'leaf0')
    b.catalog.ingest([
      aspect(big, 'datasetProperties', { description: 'leaf '.repeat(2_000_000) }),
      aspect(table('w', 'leaf1'), 'datasetProperties', { description: 'a leaf' }),
    ])
    const { count, searchResults } = ask(b, 'search', { query: 'leaf' })
    expect(count).toBe(2)
    const [hit] = searchResults.filter((one: Answer) => one.entity.urn === big)
    expect(hit.entity.properties).toEqual({ name: 'leaf0' })
    expect(hit.omitted).toMatchObject([
      { part: 'entity.properties.description', tokens: 3_250_005, get: 'get_entities' },
      { part: 'matchedFields[].value', items: 1, get: 'get_entities' },
    ])
    b.close()
  })

  it('refuses what does not fit with the least that it takes, and tells how to pass over it', () => {
    const b = bench()
    const giant = table('w', `a${'x'.repeat(300_000)}`)
    b.catalog.ingest([
      aspect(giant, 'datasetProperties', { name: 'giant' }),
      aspect(table('w', 'b'), 'datasetProperties', { name: 'small' }),
    ])
    const by = { query: '*', sort_by: 'urn', sort_order: 'asc' }
    let refused: Answer
    try {
      ask(b, 'search', by)
    } catch (error) {
      refused = error
    }
    expect(refused).toMatchObject({ code: 'answer_too_large', details: { budget: ANSWER_TOKENS } })
    expect(refused.details.least).toBeGreaterThan(ANSWER_TOKENS)
    expect(refused.remedy).toContain('pass over it with a greater `offset`')
    expect(ask(b, 'search', { ...by, offset: 1 })).toMatchObject({ count: 1, total: 2 })
    b.close()
  })

  it('shows a proposal of changes that are too large by which aspects they are, and counts those left out', () => {
    const b = bench()
    const urns = Array.from({ length: 400 }, (_, i) => table('w', `${'t'.repeat(800)}${i}`))
    b.catalog.ingest(urns.map((urn) => aspect(urn, 'datasetProperties', { name: 't' })))
    const edits = urns.slice(0, 100).map((entity_urn) => ({
      tool: 'update_description',
      arguments: { entity_urn, operation: 'replace', description: 'long '.repeat(20_000) },
    }))
    const made = ask(b, 'propose_change', { title: 'Describe them', edits })
    expect(estimateTokens(made)).toBeLessThanOrEqual(ANSWER_TOKENS)
    const kinds = new Set(made.changes.map((one: Answer) => one.omitted?.[0].part))
    expect(made.changes.length + (made.moreChanges ?? 0)).toBe(100)
    expect([...kinds]).toEqual(['changes'])
    expect(ask(b, 'review', { proposal: made.proposal })).toEqual(made)
    const tag = 'urn:li:tag:pii'
    b.catalog.ingest([aspect(tag, 'tagProperties', { name: 'PII' })])
    const tagged = ask(b, 'propose_change', {
      title: 'Tag them',
      edits: [{ tool: 'add_tags', arguments: { tag_urns: [tag], entity_urns: urns } }],
    })
    expect(estimateTokens(tagged)).toBeLessThanOrEqual(ANSWER_TOKENS)
    expect(tagged.moreChanges).toBeGreaterThan(0)
    expect(tagged.changes.length + tagged.moreChanges).toBe(400)
    b.close()
  })

  it('refuses a write whose answer could not be told before it writes', () => {
    const b = bench()
    const giant = table('w', `a${'x'.repeat(300_000)}`)
    b.catalog.ingest([aspect(giant, 'datasetProperties', { name: 'giant' })])
    const commits = b.commits()
    const change = { entity_urn: giant, operation: 'replace', description: 'anew' }
    expect(() => ask(b, 'update_description', change)).toThrow(/takes \d+ tokens/)
    expect(() =>
      ask(b, 'propose_change', { title: 'x', edits: [{ tool: 'update_description', arguments: change }] }),
    ).toThrow(/takes \d+ tokens/)
    expect(b.commits()).toBe(commits)
    expect(b.catalog.listProposals().proposals).toEqual([])
    b.close()
  })
})
