import type { ReadQuery } from '@groundplane/lang'
import type { AdjacencyStore } from '../adjacency/adjacency-store.js'
import { type ExecutedQuery, type QueryParams, RunnableQuery } from '../query/prepared.js'
import type { EmbeddedTexts } from '../search/search-run.js'
import { adviseRead } from './advice.js'
import { countingSql, countVisits, registerCounting } from './count-visits.js'
import type { Explanation } from './explanation.js'
import type { PlanRow } from './plan-step.js'
import { bindingOf, type ExplainedCommit, indexesOf } from './statement-plan.js'

export interface RunOptions {
  readonly params: QueryParams
  readonly nowMs: number
  readonly embedded?: EmbeddedTexts | undefined
  /** Of the answer; more are cut off. */
  readonly maxRows?: number | undefined
  /** For both runs together. */
  readonly deadlineMs?: number | undefined
  /** Absent when the commit is not the head of main. */
  readonly adjacency: AdjacencyStore | null
}

export type ReadPart = Pick<Explanation, 'statements' | 'indexes' | 'scans' | 'advice' | 'rows'> & {
  readonly compileMs: number
  readonly executeMs: number
}

/**
 * Runs a query as `Graph.query` does and tells how it was answered. A second run counts the rows
 * that the first looked at; what that one cannot tell is null. In one read transaction. Throws what the query throws,
 * `query_deadline_exceeded` when its own run takes too long.
 */
export function explainRead(at: ExplainedCommit, query: ReadQuery, options: RunOptions): ReadPart {
  const { params, nowMs, embedded, maxRows, deadlineMs } = options
  const cap = maxRows === undefined ? undefined : maxRows + 1
  const startedAt = performance.now()
  const runnable = new RunnableQuery(at.db, query, at.schema, at.view, cap, options.adjacency)
  const compiledAt = performance.now()
  const found = at.lifeline.guard(deadlineMs, () => runnable.run(params, nowMs, embedded).length)
  const finishedAt = performance.now()
  const executed = runnable.executed(params, nowMs, embedded)
  const { compiled, over } = executed
  const walked = over === 'arrays' ? [...compiled.walks].map((edge) => edge.name) : []
  const plan = at.rows(compiled.sql.text, executed.values)
  const left = deadlineMs === undefined ? undefined : Math.max(1, deadlineMs - (finishedAt - startedAt))
  const visits = visitsOf(at, executed, plan, left)
  const tree = at.tree(plan, compiled.sql.text, { variables: compiled.aliases, walked, visits })
  const scans = at.scans(tree)
  return {
    statements: [
      {
        what: 'match',
        sql: compiled.sql.text,
        bindings: compiled.sql.slots.map(bindingOf),
        walks: compiled.walks.size === 0 ? null : over,
        plan: tree,
      },
    ],
    indexes: indexesOf(tree, walked),
    scans: scans.map((s) => s.scan),
    advice: adviseRead(query, scans),
    rows: {
      returned: Math.min(found, maxRows ?? found),
      truncated: maxRows !== undefined && found > maxRows,
      scanned: visits && [...visits.values()].reduce((a, b) => a + b, 0),
    },
    compileMs: compiledAt - startedAt,
    executeMs: finishedAt - compiledAt,
  }
}

/** Null when the statement that counts is not answered in the same way, or not in time. */
function visitsOf(
  at: ExplainedCommit,
  executed: ExecutedQuery,
  plan: readonly PlanRow[],
  leftMs: number | undefined,
): Map<string, number> | null {
  const counting = countingSql(executed.named)
  if (counting === null) return null
  registerCounting(at.db, at.lifeline)
  const theirs = at.rows(counting, executed.values)
  const same = theirs.length === plan.length && theirs.every((row, i) => row.detail === plan[i]?.detail)
  return same ? countVisits(at.db, at.lifeline, counting, executed.values, leftMs) : null
}
