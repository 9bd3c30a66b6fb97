import type { BoundProperty } from '../bind/schema-binder.js'
import type { EdgeModel, LiteralValue, NodeModel, ValueType } from '../ir/schema-model.js'
import type { Literal } from '../syntax/literal.js'
import type { Reporter } from '../syntax/reporter.js'
import { fitLiteral } from './literals.js'

const annotationOf = (property: BoundProperty | undefined) =>
  property?.annotations.find((a) => a.name.text === 'default')

/** `@default(value)`: the value as one of the property's type. Empty when there is none, or after a report. */
export function checkDefault(property: BoundProperty, reporter: Reporter): { default?: LiteralValue } {
  const annotation = annotationOf(property)
  if (!annotation || !property.type) return {}
  const problem = (message: string): object => {
    reporter.report('invalid-default', annotation, message)
    return {}
  }
  if (property.type.kind === 'blob') return problem('A Blob has no default.')
  if (!annotation.value || annotation.arguments.length > 0) return problem('@default takes one value.')
  if (annotation.value.kind === 'null') return problem('null is no default; leave @default out.')
  const fitted = fitLiteral(timed(annotation.value, property.type), property.type, reporter)
  if (!fitted) return {}
  if (JSON.stringify(fitted.value, bigintText).includes('\\u0000'))
    return problem('A default cannot hold the character U+0000.')
  return { default: fitted.value }
}

/** Annotations hold no calls, so a date stands there as a text. */
function timed(literal: Literal, type: ValueType): Literal {
  if (literal.kind !== 'string' || type.kind !== 'scalar') return literal
  if (type.name === 'Date') return { ...literal, kind: 'date' }
  return type.name === 'DateTime' ? { ...literal, kind: 'datetime' } : literal
}

/** What a default must not be because of what surrounds its property: a key, or outside a range or pattern. */
export function checkDefaultAllowed(
  type: NodeModel | EdgeModel,
  properties: ReadonlyMap<string, BoundProperty>,
  reporter: Reporter,
): void {
  for (const property of type.properties) {
    const annotation = annotationOf(properties.get(property.name))
    const value = property.default
    if (value === undefined || !annotation) continue
    const refuse = (message: string) => reporter.report('invalid-default', annotation, message)
    if (type.kind === 'node' && type.key.includes(property.name)) refuse('A key property has no default.')
    for (const { property: name, min, max } of type.ranges) {
      if (name !== property.name || (typeof value !== 'number' && typeof value !== 'bigint')) continue
      if ((min !== undefined && value < min) || (max !== undefined && value > max))
        refuse(`The default ${value} is outside the range ${min ?? ''}..${max ?? ''}.`)
    }
    for (const { property: name, pattern } of type.checks) {
      if (name !== property.name || typeof value !== 'string') continue
      if (!new RegExp(pattern, 'u').test(value))
        refuse(`The default ${JSON.stringify(value)} does not match ${JSON.stringify(pattern)}.`)
    }
  }
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
