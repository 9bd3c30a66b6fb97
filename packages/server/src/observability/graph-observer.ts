import { sha256 } from '@groundplane/core'
import type { ObserveOperation, Operation, OperationKind } from '@groundplane/graph'
import type { FastifyBaseLogger } from 'fastify'
import { type GraphMetrics, operationMeter } from './graph-metrics.js'

/** Queries that took so long, or longer, are logged. Milliseconds. */
export const DEFAULT_SLOW_QUERY_MS = 1000

export interface GraphObserverOptions {
  readonly metrics: GraphMetrics
  readonly log: FastifyBaseLogger
  /** 0 logs every query. */
  readonly slowQueryMs: number
}

const QUERIES: ReadonlySet<OperationKind> = new Set(['read', 'mutate', 'explain'])

/** What measures the operations of one graph and writes the slow-query log. */
export function graphObserver(options: GraphObserverOptions): (graph: string) => ObserveOperation {
  const { metrics, log, slowQueryMs } = options
  return (graph) => {
    const measure = operationMeter(metrics, graph)
    return (operation) => {
      measure(operation)
      if (operation.ms < slowQueryMs || !QUERIES.has(operation.kind)) return
      metrics.slowQueries.inc({ graph, kind: operation.kind })
      log.warn(slowQueryLine(graph, operation), 'slow query')
    }
  }
}

/**
 * One line of the log. The text of a query is not in it, as literals in it are data, and neither are
 * parameters or rows: `digest` is that of the text, as `explain` shows it.
 */
function slowQueryLine(graph: string, operation: Operation): Record<string, unknown> {
  const { kind, outcome, code, ms, branch, actor, commit, rows, query, origin } = operation
  return {
    event: 'slow_query',
    graph,
    kind,
    query: query?.name ?? null,
    stored: origin.storedQuery !== undefined,
    digest: query ? sha256(query.text) : null,
    actor,
    branch,
    ms: Math.round(ms * 10) / 10,
    rows,
    commit,
    outcome,
    ...(code !== null && { code }),
    requestId: origin.requestId ?? null,
  }
}
