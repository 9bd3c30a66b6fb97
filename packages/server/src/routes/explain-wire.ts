import type { Explanation, PlanNode } from '@groundplane/graph'
import type * as wire from '@groundplane/protocol'

/** An explanation as the wire has it. Pure. */
export function explanationToWire(
  explanation: Explanation,
  target: { readonly branch?: string; readonly commit?: string },
): wire.ExplainOutput {
  const { query, executed, branch, commit, params, statements, indexes, scans, advice, rows, timings } =
    explanation
  return {
    query_name: query.name,
    query_kind: query.kind,
    query_digest: query.digest,
    executed,
    target: {
      branch: target.commit === undefined ? (target.branch ?? 'main') : null,
      snapshot: target.commit ?? null,
    },
    graph_commit_id: commit,
    graph_branch: branch,
    params: params.map((param) => ({ ...param })),
    statements: statements.map(({ what, sql, bindings, walks, plan }) => ({
      what,
      sql,
      bindings: [...bindings],
      walks,
      plan: plan.map(nodeToWire),
    })),
    indexes: indexes.map(indexToWire),
    scans: scans.map(({ type, entity, variable, visitedRows }) => ({
      type,
      entity,
      variable,
      visited_rows: visitedRows,
    })),
    advice: advice.map((item) => ({ ...item })),
    rows: { ...rows },
    timings: {
      parse_ms: timings.parseMs,
      check_ms: timings.checkMs,
      compile_ms: timings.compileMs,
      execute_ms: timings.executeMs,
    },
  }
}

function nodeToWire({ estimatedRows, visitedRows, children, index, ...node }: PlanNode): wire.PlanNode {
  return {
    ...node,
    index: index && indexToWire(index),
    estimated_rows: estimatedRows,
    visited_rows: visitedRows,
    children: children.map(nodeToWire),
  }
}

function indexToWire({ kind, type, properties }: Explanation['indexes'][number]) {
  return { kind, type, properties: [...properties] }
}
