import type { ToolName } from '../tool-call.js'
import { table } from './shop.js'

const urn = table('clean', 'v_revenue')
const orders = table('clean', 'orders')
const document = 'urn:li:document:late-orders'

/** Questions to every tool that reads, about two shops named `clean` and `dirty` (see `shop.ts`), and its document. */
export const TOOL_QUESTIONS = {
  search: [
    { query: 'revenue orders' },
    { query: '*', num_results: 50, sort_by: 'name', sort_order: 'asc' },
    { query: '/q cust* OR tag:pii', filter: 'platform = sqlite' },
  ],
  get_entities: [
    { urns: { many: false, texts: [orders] } },
    { urns: { many: true, texts: [urn, table('clean', 'none'), 'urn:li:tag:pii'] } },
  ],
  list_schema_fields: [{ urn: orders }, { urn: orders, keywords: 'price' }],
  get_lineage: [
    { urn, max_hops: 3 },
    { urn, column: 'revenue', max_hops: 3 },
    { urn: orders, upstream: false, query: 'revenue' },
  ],
  get_lineage_paths_between: [
    { source_urn: orders, target_urn: urn },
    { source_urn: urn, target_urn: orders, source_column: 'revenue', target_column: 'price' },
  ],
  get_dataset_queries: [{ urn: orders }, { urn, column: 'revenue' }],
  get_dataset_assertions: [{ urn: table('dirty', 'customers') }],
  diff_health: [{ reference: 'clean', production: 'dirty' }],
  impact: [
    { urn: orders },
    { urn: orders, column: 'price' },
    { urn: orders, column: 'customer_id', change: 'rename' },
  ],
  brief: [{ about: orders }, { about: 'revenue of customers', budget: 400 }],
  find_similar_schema: [{ urn: orders }, { columns: ['order_id', 'price', 'tip'], name: 'orders' }],
  provenance: [{ urn: orders }, { urn: orders, aspect: 'schemaMetadata' }],
  verify: [
    { entity: orders, relation: 'upstream_of', value: urn },
    { entity: orders, relation: 'owned_by', value: 'finance' },
  ],
  search_documents: [{}, { query: 'late orders', filter: 'entity_subtype = Runbook' }],
  grep_documents: [{ urns: [document], pattern: '(?i)carrier' }],
  list_incidents: [{}, { urn: table('dirty', 'customers') }],
} as const satisfies Partial<Record<ToolName, readonly object[]>>
