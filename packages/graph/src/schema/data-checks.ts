import type { Diagnostic } from '@groundplane/core'
import type { EdgeModel, PropertyModel } from '@groundplane/lang'
import { quoteIdent } from '../compile/sql.js'
import { MAX_REPORTED_VIOLATIONS } from '../error.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundEdge, BoundProperty, BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type View, visible } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { MatchingTime } from '../value/matching-time.js'
import { writtenPattern } from '../value/written-pattern.js'
import { cardinalityViolations, physicalColumn } from '../write/final-checks.js'
import { checkProblem, rangeProblem } from '../write/row-rules.js'
import { type Comparison, constraintsOf, type TypePair } from './compare.js'

/** Rows that a new rule would refuse, up to the report limit. */
export function dataViolations(
  db: Db,
  current: BoundSchema,
  comparison: Comparison,
  view: View,
): Diagnostic[] {
  const found: Diagnostic[] = []
  const matching = new MatchingTime()
  for (const pair of comparison.types) {
    if (!pair.before) continue
    const types = pair.before.kind === 'node' ? current.nodes : current.edges
    const bound = types.get(pair.before.name)
    if (!bound) throw new Error(`assertion failed: ${pair.before.name} is not bound`)
    found.push(...new PairCheck(db, view, pair, bound, matching).all())
    if (found.length >= MAX_REPORTED_VIOLATIONS) break
  }
  return found.slice(0, MAX_REPORTED_VIOLATIONS)
}

class PairCheck {
  readonly #db: Db
  readonly #view: View
  readonly #pair: TypePair
  readonly #bound: BoundType
  readonly #kept: ReadonlySet<string>
  readonly #matching: MatchingTime

  constructor(db: Db, view: View, pair: TypePair, bound: BoundType, matching: MatchingTime) {
    this.#matching = matching
    this.#db = db
    this.#view = view
    this.#pair = pair
    this.#bound = bound
    const names = new Map([...pair.properties].map(([name, old]) => [old.name, name]))
    this.#kept = new Set(pair.before ? constraintsOf(pair.before, names) : [])
  }

  all(): Diagnostic[] {
    return [
      ...this.#required(),
      ...this.#unique(),
      ...this.#ranges(),
      ...this.#checks(),
      ...this.#cardinality(),
    ]
  }

  #from(): string {
    return `FROM ${quoteIdent(this.#bound.table)} t WHERE ${visible(this.#view, 't', this.#bound.tid).text}`
  }

  #old(property: string): BoundProperty | undefined {
    const old = this.#pair.properties.get(property)
    return old && this.#bound.byName.get(old.name)
  }

  #violation(
    code: GraphDiagnosticCode,
    id: string,
    property: string,
    message: string,
    remedy: string,
  ): Diagnostic {
    const type = this.#pair.after.name
    return {
      code,
      severity: 'error',
      message: `${type} ${JSON.stringify(id)}: ${message}`,
      remedy,
      path: `${type}.${property}`,
      details: { type, id },
    }
  }

  #required(): Diagnostic[] {
    return this.#pair.after.properties.flatMap((property) => {
      const old = this.#pair.properties.get(property.name)
      // A default fills what is missing; whether it may is checked on the filled rows.
      if (property.nullable || property.default !== undefined || (old && !old.nullable)) return []
      return this.#withoutValue(property)
    })
  }

  #withoutValue(property: PropertyModel): Diagnostic[] {
    const old = this.#old(property.name)
    const empty = old ? ` AND t.${quoteIdent(old.column)} IS NULL` : ''
    const ids = this.#db
      .prepare(`SELECT t.id ${this.#from()}${empty} ORDER BY t.id LIMIT ${MAX_REPORTED_VIOLATIONS}`)
      .pluck()
      .all() as string[]
    const remedy = old
      ? `Give ${property.name} a value on every row first, or declare @default(…) for those without.`
      : `Declare @default(…) for the rows that exist, or add ${property.name} as nullable first.`
    return ids.map((id) =>
      this.#violation(
        'required_missing',
        id,
        property.name,
        `has no ${property.name}, which would be required.`,
        remedy,
      ),
    )
  }

  #unique(): Diagnostic[] {
    return this.#pair.after.unique.flatMap((tuple) => {
      if (this.#kept.has(`@unique(${tuple.join(', ')})`)) return []
      const columns = tuple.map((name) => this.#uniqueColumn(name))
      if (columns.includes(null)) return [] // a property that is new here is null on every row
      const rows = this.#sameTuple(columns as string[])
      const what = tuple.join(', ')
      return rows.map((r) =>
        this.#violation(
          'unique_violation',
          r.id,
          what,
          `${r.n} rows have the same ${what} (another is ${JSON.stringify(r.other)}).`,
          `Make ${what} different on each row first.`,
        ),
      )
    })
  }

  /** Every row that shares its whole tuple with another, with how many do and one of them. */
  #sameTuple(columns: readonly string[]): { id: string; other: string; n: number }[] {
    const names = columns.map((_, i) => `k${i}`)
    const keys = columns.map((c, i) => `t.${c} AS k${i}`).join(', ')
    const given = columns.map((c) => `t.${c} IS NOT NULL`).join(' AND ')
    return this.#db
      .prepare(
        `WITH v AS MATERIALIZED (SELECT t.id AS id, ${keys} ${this.#from()} AND ${given}),
           same AS (SELECT ${names.join(', ')}, COUNT(*) AS n, MIN(id) AS low, MAX(id) AS high FROM v
             GROUP BY ${names.join(', ')} HAVING COUNT(*) > 1)
         SELECT v.id, CASE WHEN v.id = same.low THEN same.high ELSE same.low END AS other, same.n
         FROM same JOIN v ON ${names.map((k) => `v.${k} = same.${k}`).join(' AND ')}
         ORDER BY same.low, v.id LIMIT ${MAX_REPORTED_VIOLATIONS}`,
      )
      .all() as { id: string; other: string; n: number }[]
  }

  #uniqueColumn(name: string): string | null {
    const old = this.#pair.properties.get(name)
    if (old) return physicalColumn(this.#bound, old.name)
    const isNewProperty = this.#pair.after.properties.some((p) => p.name === name)
    return isNewProperty ? null : physicalColumn(this.#bound, name)
  }

  #ranges(): Diagnostic[] {
    return this.#pair.after.ranges.flatMap((range) => {
      const old = this.#old(range.property)
      if (!old || this.#kept.has(`@range(${range.property}, ${range.min ?? ''}..${range.max ?? ''})`))
        return []
      return this.#scan(old, range.property, 'range_violation', (value) =>
        rangeProblem(range, value, old.codec.type),
      )
    })
  }

  #checks(): Diagnostic[] {
    return this.#pair.after.checks.flatMap((check) => {
      const old = this.#old(check.property)
      if (!old || this.#kept.has(`@check(${check.property}, ${writtenPattern(check)})`)) return []
      return this.#scan(old, check.property, 'check_violation', (value) =>
        checkProblem(check, value, this.#matching),
      )
    })
  }

  #scan(
    old: BoundProperty,
    property: string,
    code: GraphDiagnosticCode,
    test: (value: SqlValue) => string | null,
  ): Diagnostic[] {
    const column = `t.${quoteIdent(old.column)}`
    const statement = this.#db
      .prepare(`SELECT t.id, ${old.codec.select(column)} ${this.#from()} AND ${column} IS NOT NULL`)
      .raw(true)
    const found: Diagnostic[] = []
    for (const row of statement.iterate()) {
      const [id, value] = row as [string, SqlValue]
      const problem = test(value)
      if (problem !== null) found.push(this.#violation(code, id, property, problem, 'Correct the row first.'))
      if (found.length >= MAX_REPORTED_VIOLATIONS) break
    }
    return found
  }

  #cardinality(): Diagnostic[] {
    const after = this.#pair.after
    if (after.kind !== 'edge' || this.#bound.kind !== 'edge') return []
    const { min, max } = after.cardinality
    if (this.#kept.has(`@card(${min}..${max ?? ''})`) || (min <= 0 && max === null)) return []
    return cardinalityViolations({ db: this.#db, view: this.#view }, withCardinality(this.#bound, after), '1')
  }
}

function withCardinality(bound: BoundEdge, after: EdgeModel): BoundEdge {
  return { ...bound, model: { ...bound.model, cardinality: after.cardinality } }
}
