import type { Context } from './context.js'
import { bindCtes } from './cte.js'
import { Derivation } from './derivation.js'
import type { OpenPart, Relation, RelationColumn } from './relation.js'
import { steerByKey } from './sort-key.js'
import { bodyOf, kindOf, type SetOperationBody, type SqlNode } from './sql-ast.js'

type Operator = 'union' | 'intersect' | 'except'

/** One more operand of a chain of set operations. */
interface Step {
  readonly operator: Operator
  readonly byName: boolean
  readonly operand: readonly [SqlNode, readonly Step[]]
}

function operatorOf(node: SqlNode): Operator | undefined {
  const kind = kindOf(node)
  return kind === 'union' || kind === 'intersect' || kind === 'except' ? kind : undefined
}

/**
 * `a UNION b EXCEPT c …`: the columns of the first, each with the sources of its
 * partners. The right side of EXCEPT only takes rows away; an INTERSECT has the
 * values of both sides. `context` is that of the query around.
 */
export function resolveSetOperation(node: SqlNode, context: Context): Relation {
  const { trace, scope } = context
  const body = bodyOf<SetOperationBody>(node, operatorOf(node) as Operator)
  const [first, steps, withs] = chainOf(node, trace.rules.intersectFirst)
  let ctes = context.ctes
  for (const with_ of withs) ctes = bindCtes(with_, trace, ctes, scope.outer)
  const relation = combine(first, steps, { ...context, ctes })
  scope.outputs = [...relation.columns]
  scope.visible = [...relation.columns]
  for (const key of body.order_by?.expressions ?? []) steerByKey(key.this, 'sort', { ...context, ctes })
  return relation
}

/** The parser nests to the left without precedence; taken apart in a loop, since chains may be long. */
function chainOf(
  node: SqlNode,
  intersectFirst: boolean,
): [SqlNode, Step[], readonly (SetOperationBody['with'] | undefined)[]] {
  const flat: { operator: Operator; byName: boolean; right: SqlNode }[] = []
  const withs: SetOperationBody['with'][] = []
  let first = node
  for (let operator = operatorOf(first); operator; operator = operatorOf(first)) {
    const { left, right, by_name, with: with_ } = bodyOf<SetOperationBody>(first, operator)
    flat.push({ operator, byName: by_name === true, right })
    withs.unshift(with_)
    first = left
  }
  flat.reverse()
  const steps: Step[] = []
  const firstOwn: Step[] = []
  for (const { operator, byName, right } of flat) {
    const step: Step = { operator, byName, operand: [right, []] }
    if (operator !== 'intersect' || !intersectFirst) steps.push(step)
    else ((steps.at(-1)?.operand[1] ?? firstOwn) as Step[]).push(step)
  }
  return [first, [...firstOwn, ...steps], withs]
}

function combine(first: SqlNode, steps: readonly Step[], context: Context): Relation {
  const { trace, ctes, scope } = context
  let relation = context.query(first, ctes, scope.outer)
  // Other readers may hold the first operand's columns; after one step they are copies that only this chain has.
  let owned = false
  for (const { operator, byName, operand } of steps) {
    const right =
      operand[1].length > 0
        ? combine(operand[0], operand[1], context)
        : context.query(operand[0], ctes, scope.outer)
    trace.work.spend(relation.columns.length + right.columns.length)
    relation = joined(relation, right, operator, byName, owned, context)
    owned ||= operator !== 'except'
  }
  return relation
}

function joined(
  left: Relation,
  right: Relation,
  operator: Operator,
  byName: boolean,
  owned: boolean,
  context: Context,
): Relation {
  const { trace } = context
  const { sameName } = trace.rules
  const known = left.open.length === 0 && right.open.length === 0
  if (known && !byName && left.columns.length !== right.columns.length) {
    trace.unresolvedAt(
      operator,
      'column_count_mismatch',
      `the branches of ${operator.toUpperCase()} have ${left.columns.length} and ${right.columns.length} columns`,
    )
  }
  if (operator === 'except') {
    // Rows of the right side of EXCEPT never appear in the result; they only take rows away.
    for (const column of right.columns) trace.influence(column.derivation, 'filter')
    return { columns: left.columns, open: left.open }
  }
  const columns: RelationColumn[] = left.columns.map((column, i) => {
    const other = byName ? right.columns.find((c) => sameName(c.name, column.name)) : right.columns[i]
    if (!other) {
      const own = new Derivation()
      own.absorb(column.derivation)
      return { name: column.name, derivation: own }
    }
    trace.work.spend(other.derivation.size + (owned ? 0 : column.derivation.size))
    const derivation = owned ? column.derivation : new Derivation()
    if (!owned) derivation.absorb(column.derivation)
    derivation.absorb(other.derivation)
    return { name: column.name, derivation }
  })
  if (byName) {
    trace.work.spend(left.columns.length * right.columns.length)
    for (const column of right.columns) {
      if (left.columns.some((l) => sameName(l.name, column.name))) continue
      const derivation = new Derivation()
      derivation.absorb(column.derivation)
      columns.push({ name: column.name, derivation })
    }
  }
  const open: OpenPart[] = [...left.open, ...right.open]
  return { columns, open }
}
