import type { Script, ToolAnswer } from './agent.js'

/**
 * What has to be read when there are only aspects. `production`: every dataset of the production instance, because an aspect
 * says what its own dataset is, has and is made from, and no aspect says which datasets have something, or are made from this
 * one. `datasets`, `assertions`, `incidents`: every entity of that kind, for the same reason. URNs: what the question names.
 */
export type Reading = 'production' | 'datasets' | 'assertions' | 'incidents' | readonly string[]

export interface GroundingQuestion {
  readonly question: string
  readonly script: Script
  /** Hand-written from the files of the example: the URNs of a right answer, in any order. */
  readonly truth: readonly string[]
  /** Hand-written as well: what has to stand in what the agent read, besides the URNs. */
  readonly facts: readonly string[]
  readonly reads: readonly Reading[]
}

export const production = (name: string) =>
  `urn:li:dataset:(urn:li:dataPlatform:sqlite,olist_dirty.main.${name},PROD)`
const reference = (name: string) => production(name).replace('olist_dirty', 'olist_source')
const both = (...names: readonly string[]) => names.flatMap((name) => [production(name), reference(name)])
const productions = (...names: readonly string[]) => names.map(production)

const IN_PRODUCTION = 'platform_instance = olist_dirty'
const DATASETS = 'entity_type = dataset'

const urnsOf = (answer: ToolAnswer): string[] =>
  answer.searchResults.map((hit: ToolAnswer) => hit.entity.urn as string)

/** One search; every result is the answer. */
const found = (args: Readonly<Record<string, unknown>>): Script =>
  function* () {
    return urnsOf(yield { tool: 'search', arguments: args })
  }

/** One question to a tool, and where its answer has the URNs. */
const asked = (
  tool: string,
  args: Readonly<Record<string, unknown>>,
  pick: (answer: ToolAnswer) => readonly string[],
): Script =>
  function* () {
    return pick(yield { tool, arguments: args })
  }

const lineage = (args: Readonly<Record<string, unknown>>): Script =>
  asked('get_lineage', args, ({ upstreams, downstreams }) => urnsOf(upstreams ?? downstreams))

const impact = (args: Readonly<Record<string, unknown>>): Script =>
  asked('impact', args, ({ affected }) => affected.map((one: ToolAnswer) => one.entity.urn))

/** URNs in a line of a brief: the longest that its brackets close. */
const urnsIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.match(/urn:li:dataset:\([^)]*\)|urn:li:corpGroup:\w+/g) ?? [])

const part = (answer: ToolAnswer, name: string): readonly string[] =>
  answer.parts.find((p: ToolAnswer) => p.part === name).lines

export const TWENTY_QUESTIONS: readonly GroundingQuestion[] = [
  {
    question: 'Which table of production has the city of a customer?',
    script: found({ query: 'customer city', filter: IN_PRODUCTION, num_results: 1 }),
    truth: productions('olist_customers'),
    facts: ['customer_city'],
    reads: ['production'],
  },
  {
    question: 'Which dataset of production gives revenue by seller?',
    script: found({ query: 'revenue by seller', filter: IN_PRODUCTION, num_results: 1 }),
    truth: productions('v_seller_performance'),
    facts: ['One row per seller', 'revenue'],
    reads: ['production'],
  },
  {
    question: 'Which datasets hold personal data?',
    script: found({ query: '/q tag:pii', filter: DATASETS, num_results: 50 }),
    truth: both('olist_customers', 'olist_order_reviews', 'v_order_details'),
    facts: ['urn:li:tag:pii'],
    reads: ['datasets'],
  },
  {
    question: 'What does Finance own?',
    script: function* () {
      const owners: ToolAnswer = yield {
        tool: 'search',
        arguments: { query: 'Finance', num_results: 0, filter: DATASETS },
      }
      const owner = owners.facets
        .find((facet: ToolAnswer) => facet.field === 'owners')
        .aggregations.find((value: ToolAnswer) => value.displayName === 'Finance').value
      return urnsOf(
        yield {
          tool: 'search',
          arguments: { query: '*', num_results: 50, filter: `${DATASETS} AND owner = ${owner}` },
        },
      )
    },
    truth: both('olist_order_payments', 'v_order_payments'),
    facts: ['urn:li:corpGroup:finance'],
    reads: ['datasets'],
  },
  {
    question: 'Which datasets are about the identity of customers, as the glossary has it?',
    script: found({
      query: '*',
      num_results: 50,
      filter: `${DATASETS} AND glossary_term = "Customer Identity"`,
    }),
    truth: both('olist_customers', 'olist_orders', 'v_order_details'),
    facts: ['urn:li:glossaryTerm:customer_identity'],
    reads: ['datasets'],
  },
  {
    question: 'Which datasets are in the domain of reference data?',
    script: found({ query: '*', num_results: 50, filter: `${DATASETS} AND domain = Reference` }),
    truth: both('olist_geolocation', 'product_category_name_translation'),
    facts: ['urn:li:domain:reference'],
    reads: ['datasets'],
  },
  {
    question: 'Which tables of production have the id of a seller?',
    script: found({ query: '*', num_results: 50, filter: `${IN_PRODUCTION} AND column = seller_id` }),
    truth: productions('olist_order_items', 'olist_sellers', 'v_order_details', 'v_seller_performance'),
    facts: [],
    reads: ['production'],
  },
  {
    question: 'What is v_product_sales of production made from?',
    script: lineage({ urn: production('v_product_sales'), max_hops: 3 }),
    truth: productions('olist_order_items', 'olist_products', 'product_category_name_translation'),
    facts: [],
    reads: [
      productions(
        'v_product_sales',
        'olist_order_items',
        'olist_products',
        'product_category_name_translation',
      ),
    ],
  },
  {
    question: 'What is made from olist_products of production?',
    script: lineage({ urn: production('olist_products'), upstream: false, max_hops: 3 }),
    truth: productions('v_product_sales', 'v_seller_performance'),
    facts: [],
    reads: ['production'],
  },
  {
    question: 'From which tables is the revenue of v_order_payments computed?',
    script: lineage({ urn: production('v_order_payments'), column: 'revenue' }),
    truth: productions('olist_order_payments', 'olist_orders'),
    facts: ['payment_value', 'order_status'],
    reads: [productions('v_order_payments')],
  },
  {
    question: 'How does the price of an order line get into the revenue of v_product_sales?',
    script: asked(
      'get_lineage_paths_between',
      {
        source_urn: production('olist_order_items'),
        source_column: 'price',
        target_urn: production('v_product_sales'),
        target_column: 'revenue',
      },
      ({ paths }) =>
        paths[0].path
          .filter((step: ToolAnswer) => step.type === 'SCHEMA_FIELD')
          .map((step: ToolAnswer) => step.urn),
    ),
    truth: [
      `urn:li:schemaField:(${production('olist_order_items')},price)`,
      `urn:li:schemaField:(${production('v_product_sales')},revenue)`,
    ],
    facts: ['AGGREGATE'],
    reads: [productions('olist_order_items', 'v_product_sales')],
  },
  {
    question: 'What breaks when order_status of olist_orders is dropped, and whose is it?',
    script: impact({ urn: production('olist_orders'), column: 'order_status', change: 'drop' }),
    truth: productions('v_order_details', 'v_order_payments', 'v_order_reviews'),
    facts: ['urn:li:corpGroup:finance', 'urn:li:corpGroup:customer_experience', '"breaks":3'],
    reads: ['production'],
  },
  {
    question: 'What breaks when customer_state of olist_customers is renamed?',
    script: impact({ urn: production('olist_customers'), column: 'customer_state', change: 'rename' }),
    truth: productions('v_order_details'),
    facts: ['urn:li:corpGroup:data_platform', '"breaks":1'],
    reads: ['production'],
  },
  {
    question: 'Is there a table with order_id, order_item_id and price already?',
    script: asked(
      'find_similar_schema',
      { columns: ['order_id', 'order_item_id', 'price'], max_results: 2 },
      ({ results }) => results.map((one: ToolAnswer) => one.entity.urn),
    ),
    truth: both('olist_order_items'),
    facts: ['It has 3 of the 3 columns.'],
    reads: ['datasets'],
  },
  {
    question: 'On which datasets do checks fail in production that pass in the reference?',
    script: function* () {
      const failing: ToolAnswer = yield {
        tool: 'search',
        arguments: {
          query: '*',
          num_results: 50,
          filter: `${DATASETS} AND has_failing_assertions = true`,
        },
      }
      const compared: ToolAnswer = yield {
        tool: 'diff_health',
        arguments: { datasets: urnsOf(failing) },
      }
      return compared.checks
        .filter((check: ToolAnswer) => check.verdict === 'production-only')
        .map((check: ToolAnswer) => check.dataset)
    },
    truth: productions('olist_customers', 'olist_order_items', 'olist_products'),
    facts: ['7955', '5632', '988'],
    reads: ['assertions'],
  },
  {
    question: 'Which check fails on olist_order_items of production, and on how many rows?',
    script: asked(
      'get_dataset_assertions',
      { urn: production('olist_order_items'), status: 'FAILING' },
      ({ data }) => data.assertions.map((one: ToolAnswer) => one.definition.datasetAssertion.fields[0]),
    ),
    truth: [`urn:li:schemaField:(${production('olist_order_items')},seller_id)`],
    facts: ['seller_id_length', '5632', '112650'],
    reads: ['assertions'],
  },
  {
    question: 'Which datasets have an open incident?',
    script: found({ query: '*', num_results: 50, filter: 'has_active_incidents = true' }),
    truth: productions('olist_customers', 'olist_order_items', 'olist_products'),
    facts: [],
    reads: ['incidents'],
  },
  {
    question: 'How is olist_orders of production joined to others?',
    script: asked('brief', { about: production('olist_orders'), budget: 700 }, (answer) =>
      urnsIn(part(answer, 'joins')),
    ),
    truth: productions('olist_customers', 'olist_order_items', 'olist_order_payments', 'olist_order_reviews'),
    facts: ['customer_id = customer_id', 'order_id = order_id', 'Primary key: order_id'],
    reads: ['production'],
  },
  {
    question: 'Does v_seller_performance of production read olist_sellers?',
    script: asked(
      'verify',
      {
        entity: production('v_seller_performance'),
        relation: 'downstream_of',
        value: production('olist_sellers'),
      },
      ({ verdict, claim }) => (verdict === 'holds' ? [claim.value] : []),
    ),
    truth: productions('olist_sellers'),
    facts: ['"verdict":"holds"'],
    reads: [productions('v_seller_performance')],
  },
  {
    question: 'Where is the SQL that joins products with the English names of their categories?',
    script: asked(
      'get_dataset_queries',
      { urn: production('product_category_name_translation') },
      ({ queries }) => queries.map((query: ToolAnswer) => query.definitionOf ?? query.urn),
    ),
    truth: productions('v_product_sales'),
    facts: ['JOIN product_category_name_translation', 'product_category_name_english'],
    reads: ['production'],
  },
]
