import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Catalog } from './catalog.js'
import { aspect, type Bench, bench, check, lateOrders, shop, table } from './testing/shop.js'
import { TOOL_QUESTIONS } from './testing/tool-questions.js'
import { callTool, type ToolContext, type ToolName } from './tool-call.js'

let b: Bench
beforeAll(() => {
  b = bench()
  b.catalog.ingest([...shop('clean'), ...shop('dirty'), ...lateOrders()])
  b.catalog.recordAssertions(check('clean', 'f1'))
  b.catalog.recordAssertions(check('dirty', 'f2', { email_not_null: 7 }))
  b.catalog.raiseIncident({ datasets: [table('dirty', 'customers')], title: 'Mails are missing' })
})
afterAll(() => b.close())

describe.each(Object.entries(TOOL_QUESTIONS) as [ToolName, readonly object[]][])(
  'the tool %s',
  (name, questions) => {
    const ask = (catalog: Catalog, context: ToolContext) =>
      questions.map((args) => JSON.stringify(callTool(catalog, name, args as never, context)))

    it('gives the same bytes for the same question at the same commit, also to another process and later', () => {
      const first = ask(b.catalog, { at: {} })
      expect(ask(b.catalog, { at: {} })).toEqual(first)
      expect(ask(new Catalog(b.graph), { at: {} })).toEqual(first)
      const commit = b.graph.head().id
      expect(ask(new Catalog(b.graph), { at: { commit } })).toEqual(first)
      b.tick(86_400_000)
      b.catalog.ingest([
        aspect(table('clean', 'orders'), 'datasetProperties', { name: 'orders', description: name }),
        aspect(table('other', name), 'datasetProperties', { name: 'orders revenue customers' }),
      ])
      expect(ask(b.catalog, { at: { commit } })).toEqual(first)
      for (const text of first) expect(JSON.parse(text).receipt.commit).toBe(commit)
    })

    it('gives no answer about a branch or a commit that is not there', () => {
      for (const args of questions)
        for (const at of [{ branch: 'nope' }, { commit: '01KAH000000000000000000000' }])
          expect(() => callTool(b.catalog, name, args as never, { at })).toThrow(
            /There is no (branch|commit)/,
          )
    })
  },
)

describe('the tools of the catalog, asked about what is not there', () => {
  const gone = table('clean', 'v_revenue')
  const orders = table('clean', 'orders')
  const none = table('clean', 'none')
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member.
  const ask = (name: ToolName, args: object): any => callTool(b.catalog, name, args as never, { at: {} })
  const codeOf = (name: ToolName, args: object) => {
    try {
      return ask(name, args)
    } catch (error) {
      const { code, remedy } = error as { code?: string; remedy?: string }
      return remedy ? code : error
    }
  }
  beforeAll(() => b.catalog.ingest([...shop('third'), aspect(gone, 'status', { removed: true })]))

  it('refuse a dataset that is none, or that others only mention, and a column', () => {
    const urns = {
      none,
      'a tag': 'urn:li:tag:pii',
      'a column': `urn:li:schemaField:(${orders},price)`,
      text: 'x',
    }
    const codes = Object.fromEntries(
      Object.entries(urns).map(([what, urn]) => [
        what,
        [
          ...[
            'list_schema_fields',
            'get_lineage',
            'get_dataset_queries',
            'get_dataset_assertions',
            'impact',
          ].map((name) => codeOf(name as ToolName, { urn })),
          codeOf('find_similar_schema', { urn }),
          codeOf('list_incidents', { urn }),
          codeOf('get_lineage_paths_between', { source_urn: orders, target_urn: urn }),
          codeOf('diff_health', { reference: 'clean', production: 'dirty', datasets: [urn] }),
        ],
      ]),
    )
    const all = (code: string) => Array.from({ length: 9 }, () => code)
    // Lineage begins and ends at other things too: what it refuses is a URN, of a kind that has none.
    const kinds = all('urn_invalid').map((code, i) => (i === 1 || i === 7 ? 'argument_invalid' : code))
    expect(codes).toEqual({
      none: all('entity_not_found'),
      'a tag': kinds,
      'a column': kinds,
      text: all('urn_invalid'),
    })
    const column = 'nope'
    for (const name of ['get_lineage', 'get_dataset_queries', 'get_dataset_assertions', 'impact'] as const)
      expect([name, codeOf(name, { urn: orders, column })]).toEqual([name, 'column_not_found'])
    expect(codeOf('verify', { entity: orders, column, relation: 'exists', value: true })).toBe(
      'column_not_found',
    )
    expect(codeOf('provenance', { urn: orders, aspect: 'nope' })).toBe('aspect_not_found')
  })

  it('say of what was soft-deleted that it is not there any more, wherever they tell of it', () => {
    const status = { removed: true }
    for (const name of [
      'list_schema_fields',
      'get_lineage',
      'get_dataset_queries',
      'get_dataset_assertions',
      'impact',
      'list_incidents',
    ] as const) {
      const answer = ask(name, { urn: gone })
      expect([name, answer.status]).toEqual([name, status])
      expect(Object.keys(answer).at(-1)).toBe('receipt')
      expect(ask(name, { urn: orders })).not.toHaveProperty('status')
    }
    expect(ask('get_entities', { urns: { many: false, texts: [gone] } }).status).toEqual(status)
    expect(ask('find_similar_schema', { urn: gone }).asked.status).toEqual(status)
    expect(ask('verify', { entity: gone, relation: 'exists', value: true }).verdict).toBe('does_not_hold')
    const [hit] = ask('get_lineage', { urn: orders, upstream: false }).downstreams.searchResults
    expect(hit.entity).toMatchObject({ urn: gone, status })
    const paths = ask('get_lineage_paths_between', { source_urn: orders, target_urn: gone })
    expect([paths.source.status, paths.target.status]).toEqual([undefined, status])
    expect(paths.paths[0].path.at(-1).status).toEqual(status)
    expect(
      ask('search', { query: '*', filter: 'name = v_revenue AND platform_instance = clean' }).total,
    ).toBe(0)
  })

  it('do not compare the health of what is in neither instance, and do of a table that is gone', () => {
    const between = { reference: 'clean', production: 'dirty' }
    const third = table('third', 'customers')
    expect(codeOf('diff_health', { ...between, datasets: [third] })).toBe('argument_invalid')
    expect(ask('diff_health', { ...between, datasets: [table('clean', 'customers')] }).counts.total).toBe(1)
    expect(ask('diff_health', { ...between, datasets: [gone] }).counts.total).toBe(0)
  })

  it('say that nobody knows the other end of a claim about lineage', () => {
    expect(ask('verify', { entity: orders, relation: 'upstream_of', value: none })).toMatchObject({
      verdict: 'unknown',
      because: `The catalog does not hold ${none}.`,
    })
  })

  it('refuse a condition of a decision where nothing is decided', () => {
    expect(codeOf('review', { if_commit: b.graph.head().id })).toBe('argument_invalid')
  })

  it('answer a page beyond the last result with none, and with how many there are', () => {
    const at = { offset: 1_000 }
    expect(ask('search', { query: 'orders', ...at })).toMatchObject({
      count: 0,
      start: 1_000,
      searchResults: [],
    })
    expect(ask('list_schema_fields', { urn: orders, ...at })).toMatchObject({
      totalFields: 3,
      fields: [],
      remainingCount: 0,
    })
    const { downstreams } = ask('get_lineage', { urn: orders, upstream: false, ...at })
    expect(downstreams).toMatchObject({ total: 1, returned: 0, hasMore: false })
    expect(ask('impact', { urn: orders, ...at })).toMatchObject({
      summary: { datasets: 1 },
      returned: 0,
      hasMore: false,
    })
    const between = { reference: 'clean', production: 'dirty' }
    expect(ask('diff_health', { ...between, ...at })).toMatchObject({ returned: 0, counts: { total: 2 } })
  })
})
