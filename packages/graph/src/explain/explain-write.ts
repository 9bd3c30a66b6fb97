import type { WritePredicate, WriteQuery, WriteStatement } from '@groundplane/lang'
import type { BoundType } from '../storage/bound-schema.js'
import { chosenId, chosenRows } from '../write/chosen-rows.js'
import { TypeWriter } from '../write/type-writer.js'
import { adviseWrite, type JudgedScan } from './advice.js'
import type { ExplainedStatement, Explanation, UsedIndex } from './explanation.js'
import { bindingOf, distinctIndexes, type ExplainedCommit, indexesOf } from './statement-plan.js'

export type WritePart = Pick<Explanation, 'statements' | 'indexes' | 'scans' | 'advice' | 'rows'> & {
  readonly compileMs: number
}

/** How a write would find its rows. Nothing is executed, so nothing is written and nothing is counted. */
export function explainWrite(at: ExplainedCommit, query: WriteQuery): WritePart {
  const startedAt = performance.now()
  const parts = query.statements.map((statement) => explainStatement(at, statement))
  return {
    statements: parts.map((p) => p.statement),
    indexes: distinctIndexes(parts.flatMap((p) => p.indexes)),
    scans: parts.flatMap((p) => p.scans.map((s) => s.scan)),
    advice: query.statements.flatMap((statement, i) => adviseWrite(statement, parts[i]?.scans ?? [])),
    rows: { returned: null, truncated: false, scanned: null },
    compileMs: performance.now() - startedAt,
  }
}

interface StatementPart {
  readonly statement: ExplainedStatement
  readonly indexes: readonly UsedIndex[]
  readonly scans: readonly JudgedScan[]
}

function explainStatement(at: ExplainedCommit, statement: WriteStatement): StatementPart {
  const type = typeOf(at, statement)
  if (statement.kind === 'insert-node' || statement.kind === 'insert-edge') {
    const looked = type.kind === 'edge' ? [type.from, type.to] : [type]
    const indexes = looked.flatMap(keyOf)
    const what = `insert ${type.name}`
    return { statement: { what, sql: null, bindings: [], walks: null, plan: [] }, indexes, scans: [] }
  }
  const { sql, bindings } = choice(at, type, statement.where)
  const rows = at.rows(
    sql,
    bindings.map(() => null),
  )
  const plan = at.tree(rows, sql)
  return {
    statement: { what: whatOf(statement, type), sql, bindings, walks: null, plan },
    indexes: indexesOf(plan, []),
    scans: at.scans(plan),
  }
}

/** The statement that finds the rows of an update or delete (see write/mutation.ts). */
function choice(
  at: ExplainedCommit,
  type: BoundType,
  where: WritePredicate,
): { readonly sql: string; readonly bindings: readonly string[] } {
  const writer = TypeWriter.of(at.db, type, at.view)
  const id = chosenId(type, where)
  if (id !== null) return { sql: writer.idText, bindings: [bindingOf(id)] }
  const rows = chosenRows(type, where, at.view)
  return {
    sql: writer.chosenText(rows),
    bindings: [...rows.beside.slots, ...rows.condition.slots].map(bindingOf),
  }
}

function typeOf(at: ExplainedCommit, statement: WriteStatement): BoundType {
  const isEdge = statement.kind === 'insert-edge' || ('entity' in statement && statement.entity === 'edge')
  const type = (isEdge ? at.schema.edges : at.schema.nodes).get(statement.type)
  if (!type) throw new Error(`assertion failed: ${statement.type} is not in the schema`)
  return type
}

function whatOf(statement: WriteStatement, type: BoundType): string {
  const verb = statement.kind === 'update' ? 'update' : 'delete'
  if (verb === 'update' || type.kind === 'edge') return `${verb} ${type.name}`
  const edges = [...new Set(type.incident.map(({ edge }) => edge.name))].sort()
  return edges.length === 0 ? `delete ${type.name}` : `delete ${type.name} with its ${edges.join(', ')} edges`
}

function keyOf(type: BoundType): UsedIndex[] {
  const key = type.kind === 'node' ? type.model.key : []
  return key.length === 0 ? [] : [{ kind: 'key', type: type.name, properties: key }]
}
