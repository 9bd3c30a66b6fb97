import type { Choices } from '@groundplane/lang/testing/choices'
import {
  edgesOf,
  literalOf,
  type ModelProperty,
  type ModelSchema,
  type ModelType,
  nodesOf,
  someValue,
  typeOf,
} from './model-schema.js'

const COMPARE = ['=', '!=', '<', '<=', '>', '>='] as const

/**
 * The text of a read query over any schema: bindings, traversals both ways and
 * undirected, bounds, edge and path variables, filters of every type, `or`,
 * text search, blocks, aggregates, order, paging. Nearly all of them pass the
 * checks. Declares `$i: I32?` and `$t: String?`.
 */
export function someQuery(schema: ModelSchema, choices: Choices): string {
  return new Query(schema, choices).text()
}

class Query {
  readonly #schema: ModelSchema
  readonly #choices: Choices
  /** Variables a result may use, with their types. */
  readonly #bound = new Map<string, ModelType>()
  readonly #clauses: string[] = []
  #path: string | undefined

  constructor(schema: ModelSchema, choices: Choices) {
    this.#schema = schema
    this.#choices = choices
  }

  text(): string {
    const c = this.#choices
    const start = c.of(nodesOf(this.#schema))
    this.#bound.set('x', start)
    this.#clauses.push(`$x: ${start.name}${this.#where(start)}`)
    if (!c.rarely(4)) this.#second(start)
    if (c.rarely(3)) this.#hop('z')
    for (let i = c.below(3); i > 0; i--) this.#filter()
    if (c.rarely(3)) this.#block()
    const { head, tail } = this.#result()
    return `query q($i: I32?, $t: String?) { match { ${this.#clauses.join('\n')} } ${head} ${tail} }`
  }

  #where(type: ModelType): string {
    const p = this.#choices.rarely(4) ? this.#choices.maybe(type.properties.filter(comparable)) : undefined
    return p ? ` { ${p.name}: ${this.#value(p)} }` : ''
  }

  #value(p: ModelProperty): string {
    const c = this.#choices
    if (p.key) return JSON.stringify(`n${c.below(4)}`)
    if (p.type === 'String' && c.rarely(4)) return '$t'
    if (p.type === 'I32' && c.rarely(4)) return '$i'
    return literalOf(p, someValue(p, c))
  }

  #second(start: ModelType): void {
    if (this.#choices.rarely(6)) {
      const other = this.#choices.of(nodesOf(this.#schema))
      this.#clauses.push(`$y: ${other.name}${this.#where(other)}`)
      this.#bound.set('y', other)
    } else this.#hopFrom('x', start, 'y', this.#clauses, this.#bound)
  }

  #hop(name: string): void {
    const nodes = [...this.#bound].filter(([, type]) => type.kind === 'node')
    const [from, type] = this.#choices.of(nodes)
    this.#hopFrom(from, type, name, this.#clauses, this.#bound)
  }

  /** False when no edge starts or ends there. */
  #hopFrom(
    from: string,
    type: ModelType,
    to: string,
    clauses: string[],
    bound: Map<string, ModelType>,
  ): boolean {
    const c = this.#choices
    const edge = c.maybe(edgesOf(this.#schema).filter((e) => e.from === type.uid || e.to === type.uid))
    if (!edge) return false
    const out = edge.from === type.uid && !(edge.to === type.uid && c.below(3) === 1)
    const other = typeOf(this.#schema, out ? edge.to : edge.from)
    const [a, b] = out ? [from, to] : [to, from]
    const name = edge.name.toLowerCase()
    const min = 1 + c.below(2)
    const hops = c.rarely(2) && edge.from === edge.to ? `{${min},${min + c.below(3)}}` : ''
    const form = c.below(5)
    if (form === 0 && hops === '') {
      const variable = `e${to}`
      clauses.push(`$${a} $${variable}:${name} $${b}`)
      bound.set(variable, edge)
    } else if (form === 1 && edge.from === edge.to) clauses.push(`$${from} <${name}>${hops} $${to}`)
    else if (form === 2 && hops !== '' && clauses === this.#clauses && this.#path === undefined) {
      this.#path = 'w'
      clauses.push(`$w = $${a} ${name}${hops} $${b}`)
    } else clauses.push(`$${a} ${name}${hops} $${b}`)
    bound.set(to, other)
    return true
  }

  #filter(): void {
    const [variable, type] = this.#choices.of([...this.#bound])
    const one = this.#condition(variable, type)
    if (one === null) return
    const other = this.#choices.rarely(4) ? this.#condition(variable, type) : null
    this.#clauses.push(other === null ? one : `${one} or ${other}`)
  }

  #condition(variable: string, type: ModelType): string | null {
    const c = this.#choices
    const p = c.maybe(type.properties)
    if (!p) return null
    const at = `$${variable}.${p.name}`
    if (p.type === '[String]') return `${at} contains ${JSON.stringify(c.of(['a', 'ab', '']))}`
    if (p.type === 'Bool' || p.type === 'enum') return `${at} ${c.of(['=', '!='])} ${this.#value(p)}`
    if (p.type === 'String' && !p.key) {
      const form = c.below(4)
      if (form === 0)
        return `${at} ${c.of(['contains', 'starts_with'])} ${JSON.stringify(c.of(['a', 'b', 'é']))}`
      if (form === 1)
        return `${c.of(['search', 'match_text', 'fuzzy'])}(${at}, ${c.of(['"a"', '"b a"', '"É"', '$t'])})`
    }
    return `${at} ${c.of(COMPARE)} ${this.#value(p)}`
  }

  #block(): void {
    const c = this.#choices
    const inner: string[] = []
    const bound = new Map<string, ModelType>()
    const [from, type] = c.of([...this.#bound].filter(([, t]) => t.kind === 'node'))
    if (!this.#hopFrom(from, type, 'm', inner, bound)) return
    if (c.below(2) === 1) {
      const [variable, target] = c.of([...bound])
      const condition = this.#condition(variable, target)
      if (condition !== null) inner.push(condition)
    }
    const kind = c.of(['not', 'exists', 'optional'])
    this.#clauses.push(`${kind} { ${inner.join('\n')} }`)
    if (kind === 'optional') for (const [name, t] of bound) this.#bound.set(name, t)
  }

  #result(): { head: string; tail: string } {
    const c = this.#choices
    const variables = [...this.#bound]
    const property = (): string | undefined => {
      const [variable, type] = c.of(variables)
      const p = c.maybe(type.properties)
      return p && `$${variable}.${p.name}`
    }
    const some = [property(), property(), property()].filter((p) => p !== undefined)
    const fields = [...new Set(some)]
    const page = c.of(['', '', 'limit 3', 'limit 2 offset 1'])
    const order = fields.length > 0 && c.rarely(2) ? `order { ${c.of(fields)}${c.of(['', ' desc'])} }` : ''
    const walk = this.#path === undefined ? [] : ['nodes($w) as way', 'length($w) as far']
    switch (c.below(6)) {
      case 0:
        return {
          head: `return { ${[...variables.map(([v]) => `$${v}`), ...walk].join(', ')} }`,
          tail: page,
        }
      case 1:
        return { head: `return { ${this.#aggregates(variables).join(', ')} }`, tail: '' }
      case 2:
        return fields.length === 0
          ? { head: 'return { $x }', tail: page }
          : { head: `return { ${[fields[0], ...this.#aggregates(variables)].join(', ')} }`, tail: page }
      case 3:
        return fields.length === 0
          ? { head: 'return { $x }', tail: page }
          : { head: `return distinct { ${fields.join(', ')} }`, tail: page }
      default:
        return fields.length === 0
          ? { head: 'return { $x }', tail: page }
          : { head: `return { ${[...fields, ...walk].join(', ')} }`, tail: `${order} ${page}` }
    }
  }

  #aggregates(variables: readonly (readonly [string, ModelType])[]): string[] {
    const c = this.#choices
    const [variable, type] = c.of(variables)
    const list = [`count($${variable}) as total`]
    const numeric = c.maybe(type.properties.filter((p) => /^[IUF]\d/.test(p.type)))
    if (numeric) {
      const at = `$${variable}.${numeric.name}`
      list.push(`sum(${at}) as added`, `avg(${at}) as mean`, `count(${at}) as given`)
    }
    const ordered = c.maybe(
      type.properties.filter((p) => comparable(p) && p.type !== 'Bool' && p.type !== 'enum'),
    )
    if (ordered)
      list.push(`min($${variable}.${ordered.name}) as low`, `max($${variable}.${ordered.name}) as high`)
    return list
  }
}

function comparable(p: ModelProperty): boolean {
  return p.type !== '[String]'
}
