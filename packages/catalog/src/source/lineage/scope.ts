import type { Derivation } from './derivation.js'
import type { DialectRules } from './dialect-rules.js'
import { fromOpenPart, type OpenPart, type Relation, type RelationColumn } from './relation.js'
import type { WindowSpecBody } from './sql-ast.js'

export type Lookup =
  /**
   * `name`: as the column is declared, when that is known. `byFunction`: only
   * because a table function may return any column.
   */
  | { readonly found: Derivation; readonly name?: string; readonly byFunction?: boolean }
  | {
      readonly missing: 'unknown_column' | 'unknown_qualifier' | 'ambiguous_column'
      readonly candidates: readonly string[]
    }

/** What a dotted name means: a column, and how many of the last parts are fields inside its value. */
export interface PathLookup {
  readonly lookup: Lookup
  readonly fields: number
  /** How many of the first parts the lookup is about, when it failed. */
  readonly about: number
}

const AMBIGUOUS: Lookup = { missing: 'ambiguous_column', candidates: [] }

interface ScopedRelation {
  readonly alias: string | undefined
  /** Catalog and schema as written; undefined when an alias hides the table's name. */
  readonly path: readonly string[] | undefined
  readonly relation: Relation
}

/** What names mean inside one SELECT: its FROM items, its own aliases, then the query around it. */
export class Scope {
  readonly rules: DialectRules
  readonly outer: Scope | undefined
  readonly windows = new Map<string, WindowSpecBody>()
  /** Columns as `SELECT *` and unqualified names see them; joins with USING merge some. */
  visible: RelationColumn[] = []
  open: OpenPart[] = []
  hidden: RelationColumn[] = []
  /** Output columns so far, for alias references. */
  outputs: RelationColumn[] = []
  readonly #relations: ScopedRelation[] = []

  constructor(rules: DialectRules, outer?: Scope) {
    this.rules = rules
    this.outer = outer
  }

  add(alias: string | undefined, relation: Relation, path?: readonly string[]): void {
    this.#relations.push({ alias, relation, path })
  }

  /** FROM items of this scope that the qualifier `a`, `schema.a` or `catalog.schema.a` may mean. */
  named(qualifier: readonly string[]): readonly Relation[] {
    const { sameName } = this.rules
    const name = qualifier.at(-1) as string
    const before = qualifier.slice(0, -1)
    const all = this.#relations.filter(
      (r) =>
        r.alias !== undefined &&
        sameName(r.alias, name) &&
        (before.length === 0 || (r.path !== undefined && endAlike(r.path, before, sameName))),
    )
    if (before.length === 0 || all.length < 2) return all.map((r) => r.relation)
    const whole = all.filter((r) => (r.path?.length ?? 0) >= before.length)
    return (whole.length > 0 ? whole : all).map((r) => r.relation)
  }

  /** The only FROM item of this scope called `name`. */
  relationNamed(name: string): Relation | undefined {
    const all = this.named([name])
    return all.length === 1 ? all[0] : undefined
  }

  aliases(): string[] {
    return this.#relations.flatMap((r) => (r.alias === undefined ? [] : [r.alias]))
  }

  /**
   * What a name of one or more parts means: scope by scope from the inside, first
   * as a column of a FROM item, then, where values may have fields, as a field of
   * a column. `fields`: the text itself says that the last parts are fields.
   */
  path(parts: readonly string[], fields = this.rules.dottedFields): PathLookup {
    const first = parts[0] as string
    if (parts.length === 1) return { lookup: this.unqualified(first), fields: 0, about: 1 }
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const found = scope.#ownPath(parts, fields)
      if (found) return found
    }
    if (fields) {
      const column = this.unqualified(first)
      if ('found' in column) return { lookup: column, fields: parts.length - 1, about: 1 }
      if (column.missing === 'ambiguous_column') return { lookup: column, fields: 0, about: 1 }
    }
    return {
      lookup: { missing: 'unknown_qualifier', candidates: this.aliases() },
      fields: 0,
      about: parts.length,
    }
  }

  #ownPath(parts: readonly string[], fields: boolean): PathLookup | undefined {
    let failed: PathLookup | undefined
    for (let n = Math.min(parts.length - 1, 3); n > 0; n--) {
      const inside = parts.length - n - 1
      if (inside > 0 && !fields) continue
      const relations = this.named(parts.slice(0, n))
      if (relations.length > 1) return { lookup: AMBIGUOUS, fields: 0, about: parts.length }
      if (!relations[0]) continue
      const lookup = inRelation(relations[0], parts[n] as string, this.rules)
      const answer = { lookup, fields: inside, about: n + 1 }
      if ('found' in lookup) return answer
      failed ??= answer
    }
    const column = fields ? this.#sure(parts[0] as string) : undefined
    if (column && 'found' in column) return { lookup: column, fields: parts.length - 1, about: 1 }
    if (failed) return failed
    return column && { lookup: column, fields: 0, about: 1 }
  }

  #sure(name: string): Lookup | undefined {
    return pick(this.visible, name, this.rules) ?? pick(this.hidden, name, this.rules)
  }

  /**
   * Decides only what must be so if the statement is valid: a name that exactly
   * one relation is known to have is that relation's; a name none is known to
   * have belongs to the only relation of unknown columns, unless the query
   * around could mean it too.
   */
  unqualified(name: string): Lookup {
    const sure = this.#sure(name)
    if (sure) return sure
    const outer = this.outer?.unqualified(name)
    if (this.open.length === 1) {
      if (outer && 'found' in outer) return AMBIGUOUS
      if (outer && outer.missing === 'ambiguous_column') return outer
      const part = this.open[0] as OpenPart
      return { found: fromOpenPart(part, name), byFunction: part.table === undefined }
    }
    if (this.open.length > 1) return AMBIGUOUS
    if (outer) return outer
    return { missing: 'unknown_column', candidates: this.visible.map((c) => c.name) }
  }

  output(name: string): Derivation | undefined {
    return this.outputs.find((c) => this.rules.sameName(c.name, name))?.derivation
  }

  window(name: string): WindowSpecBody | undefined {
    return this.windows.get(name.toLowerCase())
  }
}

/** `public` and `shop.public` end alike; `archive` and `public` do not. */
function endAlike(
  a: readonly string[],
  b: readonly string[],
  same: (x: string, y: string) => boolean,
): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    if (!same(a.at(-i) as string, b.at(-i) as string)) return false
  }
  return true
}

export function inRelation(relation: Relation, name: string, rules: DialectRules): Lookup {
  const sure = pick(relation.columns, name, rules) ?? pick(relation.hidden ?? [], name, rules)
  if (sure) return sure
  if (relation.open.length === 1) return { found: fromOpenPart(relation.open[0] as OpenPart, name) }
  if (relation.open.length > 1) return AMBIGUOUS
  return { missing: 'unknown_column', candidates: relation.columns.map((c) => c.name) }
}

function pick(columns: readonly RelationColumn[], name: string, rules: DialectRules): Lookup | undefined {
  const matches = columns.filter((c) => rules.sameName(c.name, name))
  if (matches.length > 1) return AMBIGUOUS
  return matches[0] && { found: matches[0].derivation, name: matches[0].name }
}
