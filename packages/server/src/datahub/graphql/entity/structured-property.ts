import { type Aspect, asAspect } from '../aspect.js'
import type { Reader } from '../reader.js'

/** One property of `structuredProperties` with its values, those that are URNs as entities besides. */
export function structuredProperty(reader: Reader, { propertyUrn, values }: Aspect): object {
  const all = Array.isArray(values) ? values.map(propertyValue).filter((value) => value !== null) : []
  return {
    structuredProperty: reader.ref(propertyUrn),
    values: all,
    valueEntities: () =>
      all.flatMap((value) => ('stringValue' in value ? (reader.ref(value.stringValue) ?? []) : [])),
  }
}

/** `{"string": "x"}`, `{"double": 1}`, or the value itself. */
export function propertyValue(
  value: unknown,
): { __typename: string; stringValue: string } | { __typename: string; numberValue: number } | null {
  const inner = asAspect(value) ? Object.values(value as object)[0] : value
  if (typeof inner === 'string') return { __typename: 'StringValue', stringValue: inner }
  if (typeof inner === 'number') return { __typename: 'NumberValue', numberValue: inner }
  return null
}
