import type { Expression, ValueType } from '@groundplane/lang'
import { GraphError } from '../error.js'
import { codecFor, dayNumber, instantMs, typeName, ValueProblem } from '../value/codec.js'
import { type Slot, type Sql, type SqlInput, slot, value } from './sql.js'

export type ConstantExpression = Extract<Expression, { kind: 'literal' | 'param' | 'now' }>

export function isConstant(expression: Expression): expression is ConstantExpression {
  return expression.kind === 'literal' || expression.kind === 'param' || expression.kind === 'now'
}

export function scalarName(type: ValueType | undefined): string {
  return type?.kind === 'scalar' ? type.name : (type?.kind ?? '')
}

/**
 * A constant as a bound value, written the way the other side of a comparison
 * stores its values (`like`). A number outside that type's range is still a
 * number and compares as one; it is no error to ask.
 */
export function constantLike(expression: ConstantExpression, like: ValueType): Sql {
  const convert = (input: unknown): SqlInput => comparable(input, expression.type, like)
  return constantWith(expression, convert)
}

/** A constant as a bound value of its own type. */
export function constant(expression: ConstantExpression): Sql {
  return constantLike(expression, expression.type)
}

export function constantWith(expression: ConstantExpression, convert: (input: unknown) => SqlInput): Sql {
  switch (expression.kind) {
    case 'literal':
      return value(expression.value === null ? null : convert(expression.value))
    case 'param':
      return slot(paramSlot(expression, convert))
    case 'now':
      return slot({ kind: 'now', encode: (ms) => convert(new Date(ms).toISOString()) })
  }
}

/** Checks the value against the parameter's own type, then writes it as `convert` says. */
function paramSlot(
  param: Extract<Expression, { kind: 'param' }>,
  convert: (input: unknown) => SqlInput,
): Slot {
  const own = codecFor(param.type)
  return {
    kind: 'param',
    name: param.name,
    encode: (input) => {
      if (input === undefined || input === null) {
        if (param.nullable) return null
        throw paramError(param.name, 'is missing', param.type)
      }
      try {
        own.encode(input)
        return convert(input)
      } catch (problem) {
        if (problem instanceof ValueProblem)
          throw paramError(param.name, `is wrong: ${problem.message}`, param.type)
        throw problem
      }
    },
  }
}

function paramError(name: string, what: string, type: ValueType): GraphError {
  return new GraphError('invalid', 'param_invalid', `Parameter $${name} ${what}.`, {
    remedy: `Give $${name} a value of type ${typeName(type)}.`,
    details: { param: name },
  })
}

function comparable(input: unknown, type: ValueType, like: ValueType): SqlInput {
  if (input === null || input === undefined) return null
  const target = scalarName(like)
  switch (target) {
    case 'I32':
    case 'I64':
    case 'U32':
    case 'F64':
      return number(input)
    case 'F32': {
      const wide = Number(number(input))
      const rounded = Math.fround(wide)
      return Number.isFinite(rounded) ? rounded : wide
    }
    case 'U64':
      return orderedU64(exact(input))
    case 'Date':
      return scalarName(type) === 'DateTime'
        ? instantMs(input) / 86_400_000
        : dayNumber(String(input).slice(0, 10))
    case 'DateTime':
      return instantMs(input)
    case 'enum':
    case 'String':
      return codecFor({ kind: 'scalar', name: 'String' }).encode(input)
    default:
      return codecFor(like).encode(input)
  }
}

/** Exact: safe integers and floats as numbers, anything longer as bigint. */
function exact(input: unknown): number | bigint {
  if (typeof input === 'string') return exact(BigInt(input))
  if (typeof input === 'bigint')
    return input > 9007199254740991n || input < -9007199254740991n ? input : Number(input)
  if (typeof input === 'number') return input
  throw new ValueProblem(`a ${Array.isArray(input) ? 'list' : typeof input} is not a number`)
}

/** As SQLite binds it; beyond what it stores as an integer, order is all that is asked for. */
function number(input: unknown): number | bigint {
  const value = exact(input)
  const fits = typeof value === 'number' || (value <= 9223372036854775807n && value >= -9223372036854775808n)
  return fits ? value : Number(value)
}

/** Sorts among stored U64 text as the number sorts among them: negatives first, fractions between. */
function orderedU64(input: number | bigint): string {
  if (input < 0) return '-'
  if (typeof input === 'number' && !Number.isInteger(input)) {
    const whole = BigInt(Math.floor(input))
    return `${whole.toString().padStart(20, '0')}.5`
  }
  const big = BigInt(input)
  return big > 18446744073709551615n ? ':' : big.toString().padStart(20, '0')
}
