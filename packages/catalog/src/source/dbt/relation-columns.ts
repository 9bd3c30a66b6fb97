import type { SqlLineage } from '../lineage/column-lineage.js'
import type { DialectRules } from '../lineage/dialect-rules.js'
import type { CatalogRelation } from './catalog-file.js'
import type { DbtRelation } from './manifest.js'

/** A column of a relation, by every artefact that speaks of it. */
export interface RelationColumn {
  /** As the warehouse stores it: what only the author writes is folded as the dialect folds names. */
  readonly name: string
  /** `''` where nobody says. */
  readonly type: string
  readonly description?: string
  readonly tags: readonly string[]
}

/**
 * What the warehouse says goes before what the SQL gives, and that before what the author declares.
 * Undefined when nobody names a column, which is not the same as having none.
 */
export function columnsOf(
  relation: DbtRelation,
  inCatalog: CatalogRelation | undefined,
  lineage: SqlLineage | undefined,
  rules: DialectRules | undefined,
): readonly RelationColumn[] | undefined {
  const declared = new Map(relation.columns.map((column) => [column.name.toLowerCase(), column]))
  const known =
    inCatalog?.columns ??
    outputsOf(lineage) ??
    relation.columns.map(({ name, quoted }) => ({ name: rules ? rules.fold({ name, quoted }) : name }))
  if (known.length === 0) return undefined
  return known.map((column: { name: string; type?: string; comment?: string }) => {
    const said = declared.get(column.name.toLowerCase())
    const description = said?.description ?? column.comment
    return {
      name: column.name,
      type: column.type ?? said?.dataType ?? '',
      ...(description !== undefined && { description }),
      tags: said?.tags ?? [],
    }
  })
}

/** Undefined when there may be others: a star over something unknown, or SQL that could not be read. */
function outputsOf(lineage: SqlLineage | undefined): { name: string }[] | undefined {
  if (lineage === undefined || lineage.columns.length === 0) return undefined
  if (lineage.unresolved.some((u) => WITHOUT_COLUMNS.has(u.reason))) return undefined
  const names = lineage.columns.map((column) => column.output)
  return new Set(names).size === names.length ? names.map((name) => ({ name })) : undefined
}

const WITHOUT_COLUMNS: ReadonlySet<string> = new Set([
  'parse_error',
  'unsupported_dialect',
  'unsupported_statement',
  'unsupported_construct',
  'star_of_unknown_table',
  'column_count_mismatch',
])
