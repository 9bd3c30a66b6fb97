import type { Context } from './context.js'
import { steer } from './expression.js'
import type { ColumnBody, SqlNode } from './sql-ast.js'
import { kindOf } from './sql-ast.js'

/** GROUP BY and ORDER BY take positions and output names as well as expressions. */
export function steerByKey(key: SqlNode, usage: 'group' | 'sort', context: Context): void {
  const { scope, trace } = context
  const literal = key.literal as { literal_type?: string; value?: string } | undefined
  if (literal) {
    const column = literal.literal_type === 'number' ? scope.outputs[Number(literal.value) - 1] : undefined
    if (column) trace.influence(column.derivation, usage)
    return
  }
  const bare = kindOf(key) === 'column' ? (key.column as ColumnBody) : undefined
  const name = bare && !bare.table ? bare.name : undefined
  if (name && usage === 'sort') {
    // DuckDB's ORDER BY ALL is every output.
    if (trace.rules.name === 'duckdb' && name.quoted !== true && name.name.toUpperCase() === 'ALL') {
      for (const output of scope.outputs) trace.influence(output.derivation, usage)
      return
    }
    const output = scope.output(trace.rules.fold(name))
    if (output) {
      trace.influence(output, usage)
      return
    }
  }
  steer(key, usage, context)
}
