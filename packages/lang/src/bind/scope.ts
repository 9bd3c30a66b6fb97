import type { VariableModel } from '../ir/query-ir.js'

/** A pattern variable as one query knows it. `unique` is its name in the checked query. */
export interface Variable {
  readonly name: string
  readonly unique: string
  readonly kind: VariableModel['kind']
  readonly type: string
  readonly optional: boolean
}

/** Bound to a type that does not exist: stands in the scope so that its uses are not reported too. */
export function unresolved(name: string): Variable {
  return { name, unique: name, kind: 'node', type: '', optional: false }
}

export function isUnresolved(variable: Variable): boolean {
  return variable.type === ''
}

/** The variables of a query, each under a name of its own even where blocks reuse one. */
export class VariableTable {
  readonly #models: VariableModel[] = []
  readonly #taken = new Set<string>()
  readonly #places = new Map<string, number>()
  /** The last number given to a repeated name. */
  readonly #last = new Map<string, number>()
  readonly #reserved: ReadonlySet<string>

  /** `reserved`: every name written in the query, which generated names must avoid. */
  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved
  }

  add(name: string, kind: VariableModel['kind'], type: string, optional: boolean): Variable {
    const anonymous = name === '_'
    const unique = this.#unique(name)
    this.#taken.add(unique)
    this.#places.set(unique, this.#models.length)
    this.#models.push({
      name: unique,
      kind,
      type,
      ...(anonymous && { anonymous }),
      ...(optional && { optional }),
    })
    return { name, unique, kind, type, optional }
  }

  #unique(name: string): string {
    if (name !== '_' && !this.#taken.has(name)) return name
    for (let n = (this.#last.get(name) ?? 0) + 1; ; n++) {
      const candidate = name === '_' ? `_${n}` : `${name}_${n}`
      if (!this.#taken.has(candidate) && !this.#reserved.has(candidate)) {
        this.#last.set(name, n)
        return candidate
      }
    }
  }

  /** Variables that an optional block makes visible after it. */
  markOptional(variables: readonly Variable[]): void {
    for (const { unique } of variables) {
      const place = this.#places.get(unique)
      const model = place === undefined ? undefined : this.#models[place]
      if (place !== undefined && model) this.#models[place] = { ...model, optional: true }
    }
  }

  get models(): readonly VariableModel[] {
    return this.#models
  }
}

/** What is visible at one place of a pattern: the variables of this block, then those around it. */
export class Scope {
  readonly #own = new Map<string, Variable>()
  readonly #outer: Scope | undefined
  /** Whether anything of the enclosing pattern was used here. */
  correlated = false

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  lookup(name: string): Variable | undefined {
    const own = this.#own.get(name)
    if (own) return own
    const outer = this.#outer?.lookup(name)
    if (outer) this.correlated = true
    return outer
  }

  /** Bound in this very block (or made visible here by an optional block). */
  owns(name: string): boolean {
    return this.#own.has(name)
  }

  declare(variable: Variable): void {
    this.#own.set(variable.name, variable)
  }

  get own(): Iterable<Variable> {
    return this.#own.values()
  }

  names(): string[] {
    return [...this.#own.keys(), ...(this.#outer?.names() ?? [])].filter((name) => name !== '_')
  }
}
