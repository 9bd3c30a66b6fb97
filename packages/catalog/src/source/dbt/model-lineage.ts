import { setImmediate as nextTurn } from 'node:timers/promises'
import type { HarvestNote } from '../harvest-notes.js'
import { type LineageEngine, loadLineageEngine, type SqlLineage } from '../lineage/column-lineage.js'
import { type DialectRules, dialectRules } from '../lineage/dialect-rules.js'
import type { KnownTable, SchemaLookup, TableName } from '../lineage/trace.js'
import { namedAsColumns } from '../relational/view-lineage.js'
import type { CatalogRelation } from './catalog-file.js'
import { inOrderOfDependency } from './dependencies.js'
import type { DbtManifest, DbtRelation } from './manifest.js'
import { columnsOf, type RelationColumn } from './relation-columns.js'

/** What is known of a relation once the SQL of everything before it was resolved. */
export interface ResolvedRelation {
  readonly relation: DbtRelation
  readonly inCatalog: CatalogRelation | undefined
  /** Undefined when nobody names them. */
  readonly columns: readonly RelationColumn[] | undefined
  /** Of the compiled SQL; tables go by the id of their node. Undefined for what has no SQL. */
  readonly lineage: SqlLineage | undefined
}

/**
 * Resolves the compiled SQL of each model and snapshot after that of what it depends on, so that columns
 * nobody declared are known from the SQL they come from. What could not be resolved is added to `notes`.
 */
export async function resolveRelations(
  manifest: DbtManifest,
  catalog: ReadonlyMap<string, CatalogRelation>,
  notes: HarvestNote[],
  onRelation: (relation: DbtRelation, done: number, total: number) => void,
): Promise<Map<string, ResolvedRelation>> {
  const resolver = new RelationResolver(manifest, catalog, notes)
  const total = manifest.relations.size
  for (const id of inOrderOfDependency(manifest)) {
    const relation = manifest.relations.get(id)
    if (!relation) continue
    await resolver.resolve(relation)
    onRelation(relation, resolver.resolved.size, total)
    await nextTurn()
  }
  // In the order of the manifest again.
  return new Map(
    [...manifest.relations.keys()].map((id) => [id, resolver.resolved.get(id) as ResolvedRelation]),
  )
}

class RelationResolver {
  readonly resolved = new Map<string, ResolvedRelation>()
  readonly #byName = new Map<string, DbtRelation[]>()
  readonly #rules: DialectRules | undefined
  #engine: LineageEngine | undefined

  constructor(
    readonly manifest: DbtManifest,
    readonly catalog: ReadonlyMap<string, CatalogRelation>,
    readonly notes: HarvestNote[],
  ) {
    this.#rules = dialectRules(manifest.adapter)
    for (const relation of manifest.relations.values()) {
      const name = relation.identifier.toLowerCase()
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), relation])
    }
    if (this.#rules === undefined)
      notes.push({
        code: 'lineage_unresolved',
        dataset: '',
        message: `SQL of the adapter "${manifest.adapter}" is not resolved; lineage is by dataset only`,
        reason: 'unsupported_dialect',
      })
  }

  async resolve(relation: DbtRelation): Promise<void> {
    const inCatalog = this.catalog.get(relation.id)
    const found = await this.#lineage(relation)
    const columns = columnsOf(relation, inCatalog, found, this.#rules)
    const lineage = found && columns ? namedAsColumns(found, columns) : found
    this.resolved.set(relation.id, { relation, inCatalog, columns, lineage })
  }

  async #lineage(relation: DbtRelation): Promise<SqlLineage | undefined> {
    if (relation.kind === 'source' || relation.kind === 'seed' || this.#rules === undefined) return undefined
    const sql = relation.compiledCode
    if (relation.language !== 'sql')
      this.#unresolved(relation, 'not_sql', `it is written in ${relation.language}`)
    else if (sql === undefined)
      this.#unresolved(relation, 'not_compiled', 'the manifest has no compiled SQL of it')
    if (relation.language !== 'sql' || sql === undefined) return undefined
    this.#engine ??= await loadLineageEngine()
    const lineage = this.#engine.lineage(sql, this.#rules.name, this.#lookupFor(relation))
    for (const { text, detail, reason } of lineage.unresolved)
      this.#unresolved(relation, reason, `${text}: ${detail}`)
    return lineage
  }

  #unresolved(relation: DbtRelation, reason: string, message: string): void {
    this.notes.push({ code: 'lineage_unresolved', dataset: relation.id, message, reason })
  }

  /** Relations as the SQL of a model names them. Where two are one relation, the one the model depends on is meant. */
  #lookupFor(reader: DbtRelation): SchemaLookup {
    const needed = new Set(reader.dependsOn)
    return (table) => {
      const fitting = (this.#byName.get(table.name.toLowerCase()) ?? []).filter((r) => fits(r, table))
      const meant = fitting.find((r) => needed.has(r.id)) ?? fitting[0]
      return meant && this.#known(meant)
    }
  }

  #known({ id }: DbtRelation): KnownTable | undefined {
    const columns = this.resolved.get(id)?.columns
    return columns && { id, columns: columns.map((column) => column.name) }
  }
}

/** Whatever the case: the warehouse folds names, and the manifest has them as the author wrote them. */
function fits({ database, schema }: DbtRelation, table: TableName): boolean {
  const same = (a: string | undefined, b: string | undefined) =>
    a === undefined || b === undefined || a.toLowerCase() === b.toLowerCase()
  return same(table.schema, schema) && same(table.catalog, database)
}
