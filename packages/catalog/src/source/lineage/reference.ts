import type { Context } from './context.js'
import { Derivation } from './derivation.js'
import type { Relation } from './relation.js'
import type { Lookup, Scope } from './scope.js'
import { type ColumnBody, type Identifier, isIdentifier, kindOf, type SqlNode } from './sql-ast.js'
import type { Trace } from './trace.js'

/** The parts of `a`, `a.b`, `a.b.c` …; undefined for anything else. */
export function partsOf(node: SqlNode): Identifier[] | undefined {
  const fields: Identifier[] = []
  let at = node
  while (kindOf(at) === 'dot') {
    const { this: inner, field } = at.dot as { this: SqlNode; field: unknown }
    if (!isIdentifier(field)) return undefined
    fields.push(field)
    at = inner
  }
  if (kindOf(at) !== 'column') return undefined
  const { name, table } = at.column as ColumnBody
  if (!isIdentifier(name)) return undefined
  return [...(table ? [table] : []), name, ...fields.reverse()]
}

/** Whether a name means a column, without reporting when it does not. */
export function isColumn(parts: readonly Identifier[], { scope }: Context): boolean {
  const { lookup } = scope.path(parts.map(scope.rules.fold))
  return 'found' in lookup
}

/** What a name without a qualifier means; what cannot be decided is reported and has no sources. */
export function resolveColumn(column: ColumnBody, context: Context): Derivation {
  const { scope, trace } = context
  const { fold } = trace.rules
  const name = fold(column.name)
  const lookup = scope.unqualified(name)
  if ('found' in lookup) {
    // An alias to the left beats a column that a table function might have, but not one that a table might have.
    const alias = lookup.byFunction && trace.rules.lateralAliases ? scope.output(name) : undefined
    return alias ?? lookup.found
  }
  if (lookup.missing === 'unknown_column') {
    const alias = context.aliases || trace.rules.lateralAliases ? scope.output(name) : undefined
    if (alias) return alias
    const row = rowNamed(name, scope)
    if (row) return rowOf(row)
    if (isStringInDisguise(column.name, trace) || isParameter(column.name)) return new Derivation()
  }
  return decide(lookup, [column.name], context)
}

function rowNamed(name: string, from: Scope): Relation | undefined {
  for (let scope: Scope | undefined = from; scope; scope = scope.outer) {
    const relation = scope.relationNamed(name)
    if (relation) return relation
  }
  return undefined
}

/** What a dotted name means. `fields`: the text itself says that the last parts are fields. */
export function resolvePath(parts: readonly Identifier[], context: Context, fields?: boolean): Derivation {
  const { scope, trace } = context
  const names = parts.map(trace.rules.fold)
  const ordinal =
    trace.rules.positionalColumns && parts.length === 2 && /^\$\d{1,4}$/.test(parts[1]?.name ?? '')
  const ordered = ordinal ? scope.relationNamed(names[0] as string) : undefined
  const column = ordered?.open.length === 0 ? ordered.columns[Number(names[1]?.slice(1)) - 1] : undefined
  if (column) return column.derivation
  const { lookup, fields: inside, about } = scope.path(names, fields)
  if (!('found' in lookup)) return decide(lookup, parts.slice(0, about), context)
  if (inside === 0) return lookup.found
  const value = new Derivation()
  value.absorb(lookup.found, 'derived')
  return value
}

/** The derivation found; otherwise the reference is reported and incomplete. */
export function decide(lookup: Lookup, parts: readonly Identifier[], context: Context): Derivation {
  if ('found' in lookup) return lookup.found
  const text = parts.map((p) => p.name).join('.')
  context.trace.unresolvedAt(text, lookup.missing, explain(lookup, parts))
  const unknown = new Derivation()
  unknown.complete = false
  return unknown
}

function explain(lookup: Extract<Lookup, { missing: string }>, parts: readonly Identifier[]): string {
  const name = parts.at(-1)?.name ?? ''
  const qualifier = parts
    .slice(0, -1)
    .map((p) => p.name)
    .join('.')
  switch (lookup.missing) {
    case 'unknown_column':
      return qualifier ? `${qualifier} has no column ${name}` : `no table in reach has a column ${name}`
    case 'unknown_qualifier':
      return `nothing in FROM is called ${qualifier || name}`
    case 'ambiguous_column':
      return `more than one table may have the column ${name}; qualify it, or harvest the schemas`
  }
}

function rowOf(relation: Relation): Derivation {
  const row = new Derivation()
  for (const column of relation.columns) row.absorb(column.derivation, 'derived')
  for (const part of relation.open) {
    if (part.table === undefined) row.absorb(part.derivation, 'derived')
    else row.complete = false
  }
  return row
}

function isStringInDisguise(name: Identifier, trace: Trace): boolean {
  if (!trace.rules.quotedFallsBackToString || name.quoted !== true || !name.span) return false
  return trace.slice(name.span.start, name.span.start + 1) === '"'
}

/** The parser takes SQLite's `@name` for a column. */
function isParameter(name: Identifier): boolean {
  return name.quoted !== true && name.name.startsWith('@')
}
