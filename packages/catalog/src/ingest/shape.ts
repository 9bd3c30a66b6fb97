import { tryParseUrn } from '../urn/urn.js'

/** An aspect whose JSON does not have the shape its name promises. Caught per proposal. */
export class ShapeError extends Error {}

type Obj = Readonly<Record<string, unknown>>

/**
 * Typed reading of one JSON object of an aspect. Absent and null members are the
 * same; a member of the wrong type is a `ShapeError` that names its path.
 */
export class Shape {
  readonly #value: Obj
  readonly #path: string | (() => string)

  /** `path`: of the object in the aspect, empty for the aspect itself. Hardly any is asked for, so it may be made then. */
  constructor(value: unknown, path: string | (() => string) = '') {
    this.#path = path
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw new ShapeError(`${this.path || 'the aspect'} must be a JSON object`)
    this.#value = value as Obj
  }

  get path(): string {
    return typeof this.#path === 'string' ? this.#path : this.#path()
  }

  #at(name: string): string {
    const path = this.path
    return path ? `${path}.${name}` : name
  }

  #fail(name: string, expected: string): never {
    throw new ShapeError(`${this.#at(name)} must be ${expected}`)
  }

  raw(name: string): unknown {
    return this.#value[name] ?? undefined
  }

  keys(): string[] {
    return Object.keys(this.#value)
  }

  string(name: string): string | undefined {
    const v = this.raw(name)
    return v === undefined || typeof v === 'string' ? v : this.#fail(name, 'a string')
  }

  requiredString(name: string): string {
    return this.string(name) ?? this.#fail(name, 'a string')
  }

  bool(name: string): boolean | undefined {
    const v = this.raw(name)
    return v === undefined || typeof v === 'boolean' ? v : this.#fail(name, 'true or false')
  }

  number(name: string): number | undefined {
    const v = this.raw(name)
    return v === undefined || (typeof v === 'number' && Number.isFinite(v))
      ? (v as number)
      : this.#fail(name, 'a number')
  }

  /** A whole number that JSON carries exactly. */
  integer(name: string): number | undefined {
    const v = this.number(name)
    return v === undefined || Number.isSafeInteger(v) ? v : this.#fail(name, 'a whole number')
  }

  requiredInteger(name: string): number {
    return this.integer(name) ?? this.#fail(name, 'a whole number')
  }

  object(name: string): Shape | undefined {
    const v = this.raw(name)
    return v === undefined ? undefined : new Shape(v, () => this.#at(name))
  }

  /** Empty when absent. */
  objects(name: string): Shape[] {
    return this.#list(name).map((v, i) => new Shape(v, () => `${this.#at(name)}[${i}]`))
  }

  strings(name: string): string[] {
    return this.#list(name).map((v, i) =>
      typeof v === 'string' ? v : this.#fail(`${name}[${i}]`, 'a string'),
    )
  }

  /** Strings of a map; other scalars are printed. */
  stringMap(name: string): Record<string, string> {
    const map = this.object(name)
    if (!map) return {}
    return Object.fromEntries(map.keys().map((k) => [k, scalarText(map.raw(k))]))
  }

  urn(name: string, ...entityTypes: string[]): string | undefined {
    const v = this.string(name)
    return v === undefined ? undefined : this.#checkUrn(v, name, entityTypes)
  }

  requiredUrn(name: string, ...entityTypes: string[]): string {
    return this.urn(name, ...entityTypes) ?? this.#fail(name, 'a URN')
  }

  urns(name: string, ...entityTypes: string[]): string[] {
    return this.strings(name).map((v, i) => this.#checkUrn(v, `${name}[${i}]`, entityTypes))
  }

  #checkUrn(text: string, name: string, entityTypes: readonly string[]): string {
    const parsed = tryParseUrn(text)
    if (typeof parsed === 'string') return this.#fail(name, `a URN (${parsed}), not "${text}"`)
    if (entityTypes.length > 0 && !entityTypes.includes(parsed.entityType))
      return this.#fail(name, `the URN of a ${entityTypes.join(' or ')}, not "${text}"`)
    return text
  }

  #list(name: string): readonly unknown[] {
    const v = this.raw(name)
    if (v === undefined) return []
    return Array.isArray(v) ? v : this.#fail(name, 'a list')
  }
}

function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')
}

/** What `read` gives; undefined when something does not have its shape, which `report` is told with the path. */
export function guarded<T>(
  report: (path: string, message: string) => void,
  path: string,
  read: () => T,
): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    report(path, error.message)
    return undefined
  }
}
