import { bindCtes } from './cte.js'
import {
  analyseDelete,
  analyseInsert,
  analyseUpdate,
  type Modification,
  targetId,
} from './data-modification.js'
import { readFromItem } from './from-clause.js'
import { analyseMerge, type MergeBody } from './merge.js'
import { contextOf, resolveQuery } from './query.js'
import { type RelationColumn, withColumnNames } from './relation.js'
import { Scope } from './scope.js'
import type {
  CreateTableBody,
  CreateViewBody,
  DeleteBody,
  InsertBody,
  SelectBody,
  SqlNode,
  TableBody,
  UpdateBody,
} from './sql-ast.js'
import { bodyOf, kindOf } from './sql-ast.js'
import type { Trace } from './trace.js'

export type StatementKind =
  | 'select'
  | 'create_view'
  | 'create_table'
  | 'insert'
  | 'update'
  | 'delete'
  | 'merge'
  | 'other'

export type OutputColumn = RelationColumn

export interface StatementAnalysis {
  readonly kind: StatementKind
  readonly target?: string
  readonly columns: readonly OutputColumn[]
}

/** Dispatches on the statement's kind; what the trace gathers is the caller's. */
export function analyseStatement(statement: SqlNode, trace: Trace): StatementAnalysis {
  const kind = kindOf(statement)
  const context = contextOf(trace, new Scope(trace.rules), undefined)
  switch (kind) {
    case 'select':
    case 'union':
    case 'intersect':
    case 'except':
    case 'subquery':
    case 'values':
    case 'pivot':
      return analyseQuery(statement, trace)
    case 'create_view': {
      const { name, columns = [], query } = bodyOf<CreateViewBody>(statement, kind)
      const relation = withColumnNames(
        resolveQuery(query, trace, undefined),
        columnNames(name, columns, trace),
      )
      return { kind, target: targetId(name, trace), columns: relation.columns }
    }
    case 'create_table':
      return analyseCreateTable(bodyOf<CreateTableBody>(statement, kind), trace)
    case 'insert':
      return written(kind, analyseInsert(bodyOf<InsertBody>(statement, kind), context))
    case 'update':
      return written(kind, analyseUpdate(bodyOf<UpdateBody>(statement, kind), context))
    case 'delete':
      return written(kind, analyseDelete(bodyOf<DeleteBody>(statement, kind), context))
    case 'merge':
      return { kind, ...analyseMerge(bodyOf<MergeBody>(statement, kind), context) }
    default:
      trace.unresolvedAt(
        kind || 'statement',
        'unsupported_statement',
        `statements of kind ${kind || 'unknown'} carry no lineage that is analysed`,
      )
      return { kind: 'other', columns: [] }
  }
}

/** How far the column list of a view is looked through for quotes, in characters. */
const COLUMN_LIST = 20_000

/** The parser forgets which names of a view's column list were quoted, so the text is asked. */
function columnNames(view: TableBody, columns: CreateViewBody['columns'] = [], trace: Trace): string[] {
  const at = view.name.span?.end
  const list = at === undefined ? '' : (trace.slice(at, at + COLUMN_LIST).split(')', 1)[0] as string)
  return columns.map(({ name }) => {
    const quoted = name.quoted === true || list.includes(`"${name.name}"`)
    return trace.rules.fold({ ...name, quoted })
  })
}

function written(kind: 'insert' | 'update' | 'delete', { target, columns }: Modification): StatementAnalysis {
  return { kind, target, columns }
}

/** A query, or PostgreSQL's `SELECT … INTO t`, which makes a table. */
function analyseQuery(statement: SqlNode, trace: Trace): StatementAnalysis {
  const { columns } = resolveQuery(statement, trace, undefined)
  const into = (statement.select as SelectBody | undefined)?.into?.this
  if (!into || kindOf(into) !== 'table') return { kind: 'select', columns }
  return { kind: 'create_table', target: targetId(bodyOf(into, 'table'), trace), columns }
}

/** `CREATE TABLE … AS query`, or a clone, which has the columns and rows of its source. */
function analyseCreateTable(body: CreateTableBody, trace: Trace): StatementAnalysis {
  const target = targetId(body.name, trace)
  if (body.clone_source) {
    const context = contextOf(trace, new Scope(trace.rules), undefined)
    const { scope } = context
    readFromItem({ table: body.clone_source }, context, scope)
    return { kind: 'create_table', target, columns: scope.visible }
  }
  if (!body.as_select) return { kind: 'create_table', target, columns: [] }
  const relation = resolveQuery(body.as_select, trace, bindCtes(body.with_cte, trace, undefined))
  const names = (body.columns ?? []).map((c) => trace.rules.fold(c.name))
  return { kind: 'create_table', target, columns: withColumnNames(relation, names).columns }
}
