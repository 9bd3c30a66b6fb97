import type { HarvestNote } from '../harvest-notes.js'
import { loadLineageEngine, type SqlLineage } from '../lineage/column-lineage.js'
import type { SchemaLookup } from '../lineage/trace.js'

/** A view or materialised view with its defining SQL, and the names its columns bear. */
export interface DefinedView {
  readonly name: string
  readonly sql: string
  readonly columns: readonly { readonly name: string }[]
}

/**
 * Lineage of each view by its name; what could not be traced is added to `notes`.
 * The parser is loaded only when there is a view.
 */
export async function lineageOfViews(
  views: readonly DefinedView[],
  dialect: string,
  lookup: SchemaLookup,
  notes: HarvestNote[],
  onView: (view: DefinedView, done: number) => void,
): Promise<Map<string, SqlLineage>> {
  const found = new Map<string, SqlLineage>()
  if (views.length === 0) return found
  const engine = await loadLineageEngine()
  for (const [i, view] of views.entries()) {
    const lineage = namedAsColumns(engine.lineage(view.sql, dialect, lookup), view.columns)
    for (const u of lineage.unresolved) {
      notes.push({
        code: 'lineage_unresolved',
        dataset: view.name,
        message: `${u.text}: ${u.detail}`,
        reason: u.reason,
      })
    }
    found.set(view.name, lineage)
    onView(view, i + 1)
  }
  return found
}

/**
 * Lineage of a relation with the column names the database gives them: the n-th
 * output is the n-th column. When the counts differ (a `*` over something
 * unknown) only columns whose names agree are kept.
 */
export function namedAsColumns(
  lineage: SqlLineage,
  stored: readonly { readonly name: string }[],
): SqlLineage {
  const names = stored.map((c) => c.name)
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
