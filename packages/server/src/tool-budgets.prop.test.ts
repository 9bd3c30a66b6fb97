import { type Catalog, CatalogError, callTool, type ToolName, withinBudget } from '@groundplane/catalog'
import { type HostileSizes, hostileCatalog, link } from '@groundplane/catalog/testing/hostile-sizes'
import { TOOL_QUESTIONS } from '@groundplane/catalog/testing/tool-questions'
import { type CatalogTool, catalogTools } from '@groundplane/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/** The three examples, and random sizes. */
const RUNS = Number(process.env['GROUNDPLANE_PROP_RUNS'] ?? 4)
/** A run asks every tool dozens of questions of a catalog of its own: seconds of a calm machine. */
const RUN_MS = 75_000
const ANSWER_TOKENS = 80_000
const CALLER = { actor: 'ada', tenant: 'default', roles: [] }

/** A fifth of an answer is 49,000 characters, a whole one 246,000. */
const SIZES: fc.Arbitrary<HostileSizes> = fc.record({
  text: fc.constantFrom(20, 6_000, 60_000, 300_000),
  name: fc.constantFrom(5, 300, 60_000),
  key: fc.constantFrom(1, 150, 4_000),
  many: fc.constantFrom(1, 3, 8),
  chain: fc.constantFrom(1, 4, 20),
})

// The estimate of DataHub's server, told again: the oracle shares nothing with what it judges.
const tokensOf = (answer: unknown) => Math.floor((1.3 * JSON.stringify(answer).length) / 4)

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member.
type Answer = Record<string, any>
type Question = readonly [tool: ToolName, args: Answer]

const orders = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,clean.main.orders,PROD)'
const customers = 'urn:li:dataset:(urn:li:dataPlatform:sqlite,dirty.main.customers,PROD)'

/** Those that every catalog is asked, and some about what is large here. */
function questions(sizes: HostileSizes): Question[] {
  const end = link(sizes.chain, sizes)
  return [
    ...Object.entries(TOOL_QUESTIONS).flatMap(([tool, all]) =>
      all.map((args): Question => [tool as ToolName, args]),
    ),
    ['search', { query: 'order', num_results: 0 }],
    ['get_entities', { urns: { many: false, texts: [customers] } }],
    [
      'get_entities',
      { urns: { many: true, texts: [orders, 'urn:li:dashboard:(looker,b0)', customers, end, 'no urn'] } },
    ],
    ['get_entities', { urns: { many: false, texts: ['urn:li:document:late-orders'] } }],
    ['get_lineage', { urn: orders, upstream: false, max_hops: 3, max_results: 1000 }],
    ['get_lineage', { urn: end, max_hops: 3, column: 'price' }],
    ['get_lineage_paths_between', { source_urn: orders, target_urn: end }],
    [
      'get_lineage_paths_between',
      { source_urn: end, target_urn: orders, source_column: 'price', target_column: 'price' },
    ],
    ['get_dataset_assertions', { urn: customers, count: 20, run_events_count: 10 }],
    ['provenance', { urn: customers }],
    ['verify', { entity: orders, relation: 'description', value: 'x'.repeat(sizes.text) }],
    [
      'grep_documents',
      { urns: ['urn:li:document:late-orders'], pattern: '[a-z ]+', max_matches_per_doc: 100 },
    ],
    ['get_me', {}],
    ['review', {}],
  ]
}

/** The answer to arguments as they come over the wire, or why there is none. */
function ask(catalog: Catalog, [tool, args]: Question): Answer {
  try {
    return callTool(catalog, tool, args, { at: { principal: CALLER } })
  } catch (error) {
    if (error instanceof CatalogError) return { refused: error.toBody() }
    throw error
  }
}

function judged(tool: ToolName, answer: Answer, tokens = ANSWER_TOKENS): void {
  if (answer['refused'] !== undefined) {
    const { code, remedy, details } = answer['refused']
    expect([tool, code]).toEqual([tool, tool === 'brief' ? 'budget_too_small' : 'answer_too_large'])
    expect(remedy).toBeTruthy()
    expect(details.least).toBeGreaterThan(details.budget)
    return
  }
  expect([tool, tokensOf(answer) <= tokens ? 'within' : tokensOf(answer)]).toEqual([tool, 'within'])
  const { output } = catalogTools[tool] as CatalogTool
  expect([tool, output.safeParse(answer).error?.issues]).toEqual([tool, undefined])
  expect(Object.keys(answer).at(-1)).toBe('receipt')
}

/** Of a tool with pages: what counts the results passed over, how many there are, and those of an answer. */
const PAGES: Partial<
  Record<ToolName, { by: string; total: (a: Answer) => number; items: (a: Answer) => unknown[] }>
> = {
  search: { by: 'offset', total: (a) => a['total'], items: (a) => urnsOf(a['searchResults']) },
  search_documents: { by: 'offset', total: (a) => a['total'], items: (a) => urnsOf(a['searchResults']) },
  list_schema_fields: {
    by: 'offset',
    total: (a) => a['totalFields'],
    items: (a) => a['fields'].map((f: Answer) => f['fieldPath']),
  },
  get_lineage: {
    by: 'offset',
    total: (a) => (a['upstreams'] ?? a['downstreams']).total,
    items: (a) => urnsOf((a['upstreams'] ?? a['downstreams']).searchResults),
  },
  get_lineage_paths_between: {
    by: 'offset',
    total: (a) => a['pathCount'],
    items: (a) => a['paths'].map((_: unknown, i: number) => i),
  },
  get_dataset_queries: { by: 'start', total: (a) => a['total'], items: (a) => urnsOf(a['queries']) },
  get_dataset_assertions: {
    by: 'start',
    total: (a) => a['data'].total,
    items: (a) => urnsOf(a['data'].assertions),
  },
  diff_health: {
    by: 'offset',
    total: (a) => a['counts'].total,
    items: (a) => a['checks'].map((c: Answer) => [c['dataset'], c['assertion']]),
  },
  find_similar_schema: { by: 'offset', total: (a) => a['total'], items: (a) => urnsOf(a['results']) },
  impact: { by: 'offset', total: (a) => a['summary'].datasets, items: (a) => urnsOf(a['affected']) },
  list_incidents: { by: 'start', total: (a) => a['total'], items: (a) => urnsOf(a['incidents']) },
}

const urnsOf = (items: Answer[]) => items.map((item) => item['urn'] ?? item['entity'].urn)

/** Every result once, as if all had been asked for at once; what is too large by itself is passed over, as its error says. */
function pagedThrough(catalog: Catalog, question: Question, first: Answer): void {
  const [tool, args] = question
  const pages = PAGES[tool]
  if (!pages || first['refused'] !== undefined || args['num_results'] === 0) return
  const found: unknown[] = []
  const total = pages.total(first)
  const whole = new Set<string>()
  let passedOver = 0
  for (let at = 0; at < total; ) {
    const page = ask(catalog, [tool, { ...args, [pages.by]: at }])
    judged(tool, page)
    const items = page['refused'] === undefined ? pages.items(page) : []
    if (page['refused'] === undefined) expect([tool, items.length]).not.toEqual([tool, 0])
    else passedOver++
    for (const item of items) whole.add(JSON.stringify(item))
    found.push(...items)
    at += Math.max(1, items.length)
  }
  expect([tool, found.length + passedOver]).toEqual([tool, total])
  if (tool !== 'get_lineage_paths_between') expect([tool, whole.size]).toEqual([tool, found.length])
}

describe('whatever is in the catalog', () => {
  it('every answer of every tool keeps its budget, fits its schema, is the same again, and can be read to its end', {
    timeout: RUNS * RUN_MS,
  }, () => {
    const asked = new Set<string>()
    fc.assert(
      fc.property(SIZES, (sizes) => {
        const b = hostileCatalog(sizes)
        try {
          for (const question of questions(sizes)) {
            const [tool] = question
            asked.add(tool)
            const answer = ask(b.catalog, question)
            judged(tool, answer)
            // Only names that cannot be left out are too much for an answer.
            if (sizes.key < 49_000 && tool !== 'brief')
              expect([tool, answer['refused']]).toEqual([tool, undefined])
            expect(JSON.stringify(ask(b.catalog, question)) === JSON.stringify(answer)).toBe(true)
            pagedThrough(b.catalog, question, answer)
            if (answer['refused'] !== undefined) continue
            const { receipt } = answer
            expect(ask(b.catalog, ['verify', { receipt }])).toMatchObject({ verdict: 'holds' })
            for (const tokens of [4_000, 20_000])
              if (tool !== 'brief') judged(tool, smaller(tool, answer, tokens), tokens)
          }
          for (const budget of [300, 1_000, 20_000]) {
            const answer = ask(b.catalog, ['brief', { about: orders, budget }])
            if (answer['refused'] === undefined) expect(tokensOf(answer)).toBeLessThanOrEqual(budget)
            else expect(answer['refused'].code).toBe('budget_too_small')
          }
        } finally {
          b.close()
        }
      }),
      {
        numRuns: RUNS,
        // All that is large at once, and each of them by itself.
        examples: [
          [{ text: 300_000, name: 60_000, key: 4_000, many: 5, chain: 14 }],
          [{ text: 20, name: 5, key: 150, many: 200, chain: 4 }],
          [{ text: 20, name: 5, key: 300_000, many: 1, chain: 1 }],
        ],
      },
    )
    const reads = Object.values(catalogTools).filter(({ action }: CatalogTool) => action === 'read')
    expect([...asked].sort()).toEqual(reads.map(({ name }) => name).sort())
  })
})

function smaller(tool: ToolName, answer: Answer, tokens: number): Answer {
  try {
    return withinBudget(tool, answer, tokens)
  } catch (error) {
    if (error instanceof CatalogError) return { refused: error.toBody() }
    throw error
  }
}
