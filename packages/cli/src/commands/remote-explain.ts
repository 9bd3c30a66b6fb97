import type { ExplainOutput } from '@groundplane/client'
import type { Explanation, PlanNode, UsedIndex } from '@groundplane/graph'
import type { RemoteGraph } from '../remote-graph.js'
import { type At, type RemoteQuery, refuseOther } from './remote-query.js'

type WireNode = ExplainOutput['statements'][number]['plan'][number]
type WireIndex = ExplainOutput['indexes'][number]

/** What a server answers of how a query is answered, as an explanation here says it. */
export async function explainOver(remote: RemoteGraph, query: RemoteQuery, at: At): Promise<Explanation> {
  const { params, name, stored, text } = query
  const { branch, snapshot } = at
  const answer = await remote.ask(
    stored === undefined
      ? remote.client.explain({ query: text as string, name, params, branch, snapshot })
      : remote.client.explainStored(stored, { params, branch, snapshot }),
  )
  refuseOther(answer.graph_commit_id, at)
  return explanationOf(answer)
}

function explanationOf(answer: ExplainOutput): Explanation {
  const { rows, timings } = answer
  return {
    query: { name: answer.query_name, kind: answer.query_kind, digest: answer.query_digest },
    executed: answer.executed,
    branch: answer.graph_branch,
    commit: answer.graph_commit_id,
    params: answer.params,
    statements: answer.statements.map(({ what, sql, bindings, walks, plan }) => ({
      what,
      sql: sql ?? null,
      bindings,
      walks: walks ?? null,
      plan: plan.map(nodeOf),
    })),
    indexes: answer.indexes.map(indexOf),
    scans: answer.scans.map(({ type, entity, variable, visited_rows }) => ({
      type,
      entity,
      variable: variable ?? null,
      visitedRows: visited_rows ?? null,
    })),
    advice: answer.advice.map((item) => ({ ...item, property: item.property ?? null })),
    rows: { returned: rows.returned ?? null, truncated: rows.truncated, scanned: rows.scanned ?? null },
    timings: {
      parseMs: timings.parse_ms,
      checkMs: timings.check_ms,
      compileMs: timings.compile_ms,
      executeMs: timings.execute_ms ?? null,
    },
  }
}

function nodeOf(node: WireNode): PlanNode {
  return {
    id: node.id,
    parent: node.parent,
    detail: node.detail,
    summary: node.summary ?? null,
    type: node.type ?? null,
    entity: node.entity ?? null,
    variable: node.variable ?? null,
    index: node.index ? indexOf(node.index) : null,
    scan: node.scan,
    estimatedRows: node.estimated_rows ?? null,
    visitedRows: node.visited_rows ?? null,
    children: node.children.map((child) => nodeOf(child as WireNode)),
  }
}

function indexOf({ kind, type, properties }: WireIndex): UsedIndex {
  return { kind, type, properties }
}
