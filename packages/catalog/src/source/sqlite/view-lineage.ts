import type { SqlLineage } from '../lineage/column-lineage.js'
import type { ObservedTable } from './observe-schema.js'

/**
 * Lineage of a view with the column names the database gives them: the n-th
 * output is the n-th column. When the counts differ (a `*` over something
 * unknown) only columns whose names agree are kept.
 */
export function viewLineage(lineage: SqlLineage, view: ObservedTable): SqlLineage {
  const names = view.columns.map((c) => c.name)
  if (names.length === lineage.columns.length) {
    return { ...lineage, columns: lineage.columns.map((c, i) => ({ ...c, output: names[i] as string })) }
  }
  const byName = new Map(names.map((n) => [n.toLowerCase(), n]))
  const columns = lineage.columns.flatMap((c) => {
    const output = byName.get(c.output.toLowerCase())
    return output === undefined ? [] : [{ ...c, output }]
  })
  return { ...lineage, columns }
}
