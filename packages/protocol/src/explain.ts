import { z } from 'zod'
import { optional } from './json.js'

const count = z.int().min(0)
const milliseconds = z.number().min(0)

const usedIndex = z
  .looseObject({
    kind: z.enum([
      'key',
      'unique',
      'index',
      'id',
      'entity',
      'edge-ends',
      'full-text',
      'adjacency',
      'row',
      'automatic',
    ]),
    type: z.string(),
    properties: z.array(z.string()),
  })
  .meta({ id: 'UsedIndex' })

/** `summary` is null for machinery of the store; `detail` is SQLite's own line. */
const planNode = z
  .looseObject({
    id: z.int(),
    parent: z.int(),
    detail: z.string(),
    summary: optional(z.string()),
    type: optional(z.string()),
    entity: optional(z.enum(['node', 'edge'])),
    variable: optional(z.string()),
    index: optional(usedIndex),
    scan: z.boolean(),
    estimated_rows: optional(count),
    visited_rows: optional(count),
    get children() {
      return z.array(planNode)
    },
  })
  .meta({ id: 'PlanNode' })
export type PlanNode = z.infer<typeof planNode>

/** How a query is answered. Holds no row and no value of a parameter. A write is planned and not executed. */
export const explainOutput = z
  .looseObject({
    query_name: z.string(),
    query_kind: z.enum(['read', 'write']),
    query_digest: z.string(),
    executed: z.boolean(),
    target: z.looseObject({ branch: optional(z.string()), snapshot: optional(z.string()) }),
    graph_commit_id: z.string(),
    /** Of that commit, when no branch was asked for. */
    graph_branch: z.string(),
    params: z.array(
      z.looseObject({ name: z.string(), type: z.string(), nullable: z.boolean(), given: z.boolean() }),
    ),
    statements: z.array(
      z.looseObject({
        what: z.string(),
        sql: optional(z.string()),
        bindings: z.array(z.string()),
        walks: optional(z.enum(['sql', 'arrays'])),
        plan: z.array(planNode),
      }),
    ),
    indexes: z.array(usedIndex),
    scans: z.array(
      z.looseObject({
        type: z.string(),
        entity: z.enum(['node', 'edge']),
        variable: optional(z.string()),
        visited_rows: optional(count),
      }),
    ),
    advice: z.array(
      z.looseObject({
        code: z.enum(['add_index', 'narrow']),
        type: z.string(),
        property: optional(z.string()),
        message: z.string(),
      }),
    ),
    rows: z.looseObject({ returned: optional(count), truncated: z.boolean(), scanned: optional(count) }),
    timings: z.looseObject({
      parse_ms: milliseconds,
      check_ms: milliseconds,
      compile_ms: milliseconds,
      execute_ms: optional(milliseconds),
    }),
  })
  .meta({ id: 'ExplainOutput' })
export type ExplainOutput = z.infer<typeof explainOutput>
