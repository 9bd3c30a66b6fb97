import type { ReadQuery, TraverseClause, VariableModel } from '@groundplane/lang'
import type { TextIndex } from '../search/text-index.js'
import type { BoundEdge, BoundSchema, BoundType } from '../storage/bound-schema.js'
import { dataErased } from '../storage/erasure.js'
import type { View } from '../storage/view.js'
import { raw, type Sql, sql } from './sql.js'

export type FindTextIndex = (table: string, column: string) => TextIndex | null

/** A variable where it stands in the SQL. */
export interface BoundVariable {
  readonly name: string
  readonly type: BoundType
  /** Table alias; absent for a variable nobody reads, which is then only a number on an edge row. */
  readonly alias?: string
  /** The entity number. */
  readonly eid: Sql
}

/**
 * Variables visible at a place of the pattern: those of the block and, behind
 * them, those of the enclosing blocks. Aliases are unique in the statement.
 */
export class Scope {
  readonly #own = new Map<string, BoundVariable>()
  readonly #paths = new Map<string, TraverseClause>()
  readonly #parent: Scope | null
  readonly #shared: {
    next: number
    readonly models: ReadonlyMap<string, VariableModel>
    readonly textIndex: FindTextIndex
    readonly aliases: Map<string, string>
  }
  readonly schema: BoundSchema
  readonly view: View

  constructor(
    schema: BoundSchema,
    view: View,
    query: ReadQuery | null,
    parent: Scope | null = null,
    textIndex: FindTextIndex = () => null,
  ) {
    this.schema = schema
    this.view = view
    this.#parent = parent
    this.#shared = parent
      ? parent.#shared
      : {
          next: 1,
          models: new Map((query?.variables ?? []).map((v) => [v.name, v])),
          textIndex,
          aliases: new Map(),
        }
  }

  /** Variables by the alias of their row, in the whole statement; unnamed ones are not there. */
  get aliases(): ReadonlyMap<string, string> {
    return this.#shared.aliases
  }

  #name(alias: string, variable: string): void {
    if (this.#shared.models.get(variable)?.anonymous !== true) this.#shared.aliases.set(alias, variable)
  }

  child(): Scope {
    return new Scope(this.schema, this.view, null, this)
  }

  /** The full-text index that proposes versions of a column, if there is one. */
  textIndex(table: string, column: string): TextIndex | null {
    return this.#shared.textIndex(table, column)
  }

  alias(prefix: string): string {
    return `${prefix}${this.#shared.next++}`
  }

  find(name: string): BoundVariable | undefined {
    return this.#own.get(name) ?? this.#parent?.find(name)
  }

  get(name: string): BoundVariable {
    const found = this.find(name)
    if (!found) throw new Error(`assertion failed: $${name} is used before it is bound`)
    return found
  }

  isOwn(name: string): boolean {
    return this.#own.has(name)
  }

  own(): Iterable<BoundVariable> {
    return this.#own.values()
  }

  model(name: string): VariableModel {
    const model = this.#shared.models.get(name)
    if (!model) throw new Error(`assertion failed: $${name} is not among the query's variables`)
    return model
  }

  /** Binds a variable to a table alias of its own. */
  bind(name: string): BoundVariable & { readonly alias: string } {
    const alias = this.alias('t')
    const bound = { name, type: this.typeOf(name), alias, eid: sql`${raw(alias)}.eid` }
    this.#own.set(name, bound)
    this.#name(alias, name)
    return bound
  }

  /** Binds a variable to an existing alias (the row a left join found). */
  bindTo(name: string, alias: string): BoundVariable {
    const bound = { name, type: this.typeOf(name), alias, eid: sql`${raw(alias)}.eid` }
    this.#own.set(name, bound)
    this.#name(alias, name)
    return bound
  }

  /** Binds a variable nobody reads to the entity number on an edge row. */
  bindLight(name: string, eid: Sql): BoundVariable {
    const bound = { name, type: this.typeOf(name), eid }
    this.#own.set(name, bound)
    return bound
  }

  /** A path is where its traversal leads between the rows of its ends; it has no row of its own. */
  bindPath(name: string, clause: TraverseClause): void {
    this.#paths.set(name, clause)
  }

  path(name: string): TraverseClause | undefined {
    return this.#paths.get(name) ?? this.#parent?.path(name)
  }

  ownPaths(): Iterable<[string, TraverseClause]> {
    return this.#paths
  }

  typeOf(name: string): BoundType {
    const model = this.model(name)
    const types = model.kind === 'node' ? this.schema.nodes : this.schema.edges
    const type = types.get(model.type)
    if (!type) throw new Error(`assertion failed: ${model.kind} type ${model.type} is not in the schema`)
    if (type.erased !== undefined) throw dataErased(type.name)
    return type
  }

  edgeType(name: string): BoundEdge {
    const edge = this.schema.edges.get(name)
    if (!edge) throw new Error(`assertion failed: edge type ${name} is not in the schema`)
    const gone = [edge, edge.from, edge.to].find((type) => type.erased !== undefined)
    if (gone) throw dataErased(gone.name)
    return edge
  }
}

export function needAlias(variable: BoundVariable): string {
  if (variable.alias === undefined) throw new Error(`assertion failed: $${variable.name} has no row to read`)
  return variable.alias
}
