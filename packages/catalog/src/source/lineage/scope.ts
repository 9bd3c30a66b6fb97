import type { Derivation } from './derivation.js'
import { fromOpenPart, type OpenPart, type Relation, type RelationColumn } from './relation.js'
import type { CteBody, WindowSpecBody } from './sql-ast.js'

export type Lookup =
  /** `byFunction`: only because a table function may return any column. */
  | { readonly found: Derivation; readonly byFunction?: boolean }
  | {
      readonly missing: 'unknown_column' | 'unknown_qualifier' | 'ambiguous_column'
      readonly candidates: readonly string[]
    }

/** A common table expression in reach, resolved when first used. */
export interface CteBinding {
  readonly name: string
  readonly cte: CteBody
  readonly recursive: boolean
  readonly ctes: CteChain | undefined
  readonly outer: Scope | undefined
  /** `Trace.mutedDepth` where it was bound: its first use may be inside a provisional pass. */
  readonly mutedDepth: number
  relation: Relation | undefined
}

export interface CteChain {
  readonly binding: CteBinding
  readonly next: CteChain | undefined
}

interface ScopedRelation {
  readonly alias: string | undefined
  readonly relation: Relation
}

/** What names mean inside one SELECT: its FROM items, its own aliases, then the query around it. */
export class Scope {
  readonly outer: Scope | undefined
  readonly windows = new Map<string, WindowSpecBody>()
  /** Columns as `SELECT *` and unqualified names see them; joins with USING merge some. */
  visible: RelationColumn[] = []
  open: OpenPart[] = []
  hidden: RelationColumn[] = []
  /** Output columns so far, for alias references. */
  outputs: RelationColumn[] = []
  readonly #relations: ScopedRelation[] = []

  constructor(outer?: Scope) {
    this.outer = outer
  }

  add(alias: string | undefined, relation: Relation): void {
    this.#relations.push({ alias, relation })
  }

  relationNamed(name: string): Relation | undefined {
    const all = this.#relations.filter((r) => same(r.alias, name))
    const exact = all.filter((r) => r.alias === name)
    return (exact[0] ?? all[0])?.relation
  }

  aliases(): string[] {
    return this.#relations.flatMap((r) => (r.alias === undefined ? [] : [r.alias]))
  }

  qualified(alias: string, name: string): Lookup {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const relation = scope.relationNamed(alias)
      if (relation) return inRelation(relation, name)
    }
    return { missing: 'unknown_qualifier', candidates: this.aliases() }
  }

  /**
   * Decides only what must be so if the statement is valid: a name that exactly
   * one relation is known to have is that relation's; a name none is known to
   * have belongs to the only relation of unknown columns, unless the query
   * around could mean it too.
   */
  unqualified(name: string): Lookup {
    const sure = pick(this.visible, name) ?? pick(this.hidden, name)
    if (sure) return sure
    const outer = this.outer?.unqualified(name)
    if (this.open.length === 1) {
      if (outer && 'found' in outer) return { missing: 'ambiguous_column', candidates: [] }
      if (outer && outer.missing === 'ambiguous_column') return outer
      const part = this.open[0] as OpenPart
      return { found: fromOpenPart(part, name), byFunction: part.table === undefined }
    }
    if (this.open.length > 1) return { missing: 'ambiguous_column', candidates: [] }
    if (outer) return outer
    return { missing: 'unknown_column', candidates: this.visible.map((c) => c.name) }
  }

  output(name: string): Derivation | undefined {
    return this.outputs.find((c) => same(c.name, name))?.derivation
  }

  window(name: string): WindowSpecBody | undefined {
    return this.windows.get(name.toLowerCase())
  }
}

export function inRelation(relation: Relation, name: string): Lookup {
  const sure = pick(relation.columns, name) ?? pick(relation.hidden ?? [], name)
  if (sure) return sure
  if (relation.open.length === 1) return { found: fromOpenPart(relation.open[0] as OpenPart, name) }
  if (relation.open.length > 1) return { missing: 'ambiguous_column', candidates: [] }
  return { missing: 'unknown_column', candidates: relation.columns.map((c) => c.name) }
}

function pick(columns: readonly RelationColumn[], name: string): Lookup | undefined {
  const matches = columns.filter((c) => same(c.name, name))
  if (matches.length <= 1) return matches[0] && { found: matches[0].derivation }
  const exact = matches.filter((c) => c.name === name)
  if (exact.length === 1 && exact.length < matches.length)
    return { found: (exact[0] as RelationColumn).derivation }
  return { missing: 'ambiguous_column', candidates: [] }
}

function same(a: string | undefined, b: string): boolean {
  return a !== undefined && (a === b || a.toLowerCase() === b.toLowerCase())
}
