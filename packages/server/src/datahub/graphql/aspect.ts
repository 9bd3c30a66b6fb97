/** An aspect, or an object inside one, as it was sent. */
export type Aspect = Readonly<Record<string, unknown>>

export function asAspect(value: unknown): Aspect | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Aspect) : undefined
}

/** The objects of a list. */
export function listOf(value: unknown): Aspect[] {
  return Array.isArray(value) ? value.map(asAspect).filter((item) => item !== undefined) : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** `{a: 1}` as `[{key: 'a', value: 1}]`; null when it is not there. */
export function entriesOf(value: unknown): object[] | null {
  const map = asAspect(value)
  return map ? Object.entries(map).map(([key, entry]) => ({ key, value: entry })) : null
}

/** The member of a union, `{"com.linkedin.schema.StringType": {…}}`, under the last part of its name. */
export function unionOf(value: unknown): { readonly name: string; readonly value: unknown } | undefined {
  const [entry] = Object.entries(asAspect(value) ?? {})
  return entry && { name: entry[0].slice(entry[0].lastIndexOf('.') + 1), value: entry[1] }
}

/** Of a member the aspect may not have, what follows from it; null when it has not. */
export function mapped(value: unknown, map: (aspect: Aspect) => object | null): object | null {
  const aspect = asAspect(value)
  return aspect ? map(aspect) : null
}
