import type { EdgeModel, NodeModel, PropertyModel, SchemaModel, ValueType } from '@groundplane/lang'
import type { Choices } from '@groundplane/lang/testing/choices'
import { damaged, hostileString } from '@groundplane/lang/testing/hostile-text'
import { typeName } from '../value/codec.js'
import { CANARY } from './hostile-schema.js'
import { fittingValue, hostileValue, literalText, quoted, valueFor } from './hostile-value.js'

/** A text with what it is asked with. */
export interface AskedText {
  readonly text: string
  readonly params: Record<string, unknown>
  /** Of the parameters, to give them other values. */
  readonly types: Readonly<Record<string, ValueType>>
}

type Entity = NodeModel | EdgeModel

const COMPARE = ['=', '!=', '<', '<=', '>', '>='] as const
const TEXT_TYPE: ValueType = { kind: 'scalar', name: 'String' }

export const nodesIn = (model: SchemaModel): readonly NodeModel[] =>
  model.nodes.filter((n) => n.name !== CANARY)

/** Also of `__proto__`, which assigned would be something else. */
export function put(object: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true })
}

/** Parameters of a query as it is being written: declared with the type of what they stand for. */
export class Parameters {
  readonly given: Record<string, unknown> = {}
  readonly types: Record<string, ValueType> = Object.create(null)
  readonly #declared: string[] = []
  readonly #choices: Choices

  constructor(choices: Choices) {
    this.#choices = choices
  }

  /** A literal of a type, or a parameter that is given a value of it, seldom another. */
  value(type: ValueType, one = 10): string {
    const c = this.#choices
    const isParam = type.kind === 'vector' || type.kind === 'blob' || c.below(2) === 1
    if (!isParam) return literalText(type, fittingValue(type, c))
    const name = c.rarely(30) ? c.of(['__proto__', 'constructor', 'toString']) : `p${this.#declared.length}`
    if (!this.#declared.some((d) => d.startsWith(`$${name}:`)))
      this.#declared.push(`$${name}: ${typeText(type)}${c.below(2) === 0 ? '?' : ''}`)
    put(this.given, name, valueFor(type, c, one))
    this.types[name] = type
    return `$${name}`
  }

  text(type = TEXT_TYPE): string {
    return this.value(type, 20)
  }

  get head(): string {
    return this.#declared.join(', ')
  }

  /** As declared, seldom with others beside them or without one of them. */
  get params(): Record<string, unknown> {
    const c = this.#choices
    if (c.rarely(40)) return { ...this.given, [hostileString(c)]: hostileValue(c) }
    if (c.rarely(40)) return {}
    return this.given
  }
}

/** As a parameter of it is declared. */
export function typeText(type: ValueType): string {
  return type.kind === 'blob' ? 'String' : typeName(type)
}

/** The same parameters with other values, more of them hostile. */
export function otherParams(types: AskedText['types'], choices: Choices): Record<string, unknown> {
  const params: Record<string, unknown> = {}
  for (const [name, type] of Object.entries(types)) put(params, name, valueFor(type, choices, 4))
  return params
}

/** A read of any schema: patterns, filters, every search function, aggregates, order, paging. Most pass the checks. */
export function hostileRead(model: SchemaModel, choices: Choices): AskedText {
  const harm = choices.rarely(12) ? choices.apart(6) : null
  if (choices.rarely(300)) return { text: bulkyRead(model, choices), params: {}, types: {} }
  const asked = new ReadText(model, choices).write()
  return harm ? { ...asked, text: damaged(asked.text, harm, 1) } : asked
}

/** Much of one thing: some within the limits, some past them. */
function bulkyRead(model: SchemaModel, c: Choices): string {
  const node = c.of(nodesIn(model))
  const many = (one: (i: number) => string, by: string, n = c.of([50, 70, 300, 2100])): string =>
    Array.from({ length: n }, (_, i) => one(i)).join(by)
  const text = node.properties.find((p) => typeText(p.type) === 'String')?.name ?? 'none'
  const edge = model.edges.find((e) => e.from === node.name && e.to === node.name)?.name ?? 'none'
  const hop = edge.charAt(0).toLowerCase() + edge.slice(1)
  const read = (match: string, result: string): string =>
    `query q() { match { $x: ${node.name} ${match} } return { ${result} } }`
  switch (c.below(8)) {
    case 0:
      return read(
        '',
        many((i) => `$x.${text} as c${i}`, ', '),
      )
    case 1:
      return read(`(${many((i) => `$x.${text} = "${i}"`, ' or ')})`, '$x')
    case 2:
      return read(
        many((i) => `$x ${hop} $y${i}`, '\n', 70),
        '$x',
      )
    case 3:
      return read(
        many((i) => `$y${i}: ${node.name}`, '\n', c.of([4, 12])),
        'count($x) as n',
      )
    case 4:
      return read('', `${'('.repeat(c.of([20, 70, 3000]))}1`)
    case 5:
      return read('', `length(concat(${many(() => `$x.${text}`, ', ', c.of([16, 17]))})) as n`)
    case 6: {
      const calls = [
        'concat(#, "a")',
        'coalesce(#, "a")',
        'lower(#)',
        'concat(length(#), "a")',
        'substring(#, 0, 5)',
      ]
      let inner = `$x.${text}`
      for (let i = c.of([10, 40, 70]); i > 0; i--) inner = c.of(calls).replace('#', () => inner)
      return read('', `${inner} as r`)
    }
    default:
      return read('', many(() => `length($x.${text})`, ' + ').concat(' as n'))
  }
}

class ReadText {
  readonly #model: SchemaModel
  readonly #choices: Choices
  readonly #params: Parameters
  readonly #bound = new Map<string, Entity>()
  readonly #clauses: string[] = []
  #path = false

  constructor(model: SchemaModel, choices: Choices) {
    this.#model = model
    this.#choices = choices
    this.#params = new Parameters(choices)
  }

  write(): AskedText {
    const c = this.#choices
    const start = c.of(nodesIn(this.#model))
    this.#bound.set('x', start)
    this.#clauses.push(`$x: ${start.name}${this.#where(start)}`)
    for (let i = c.below(3); i > 0; i--) this.#hop()
    for (let i = c.below(3); i > 0; i--) this.#filter(this.#clauses, this.#bound)
    if (c.rarely(4)) this.#block()
    const result = this.#result()
    const head = this.#params.head
    const text = `query q(${head}) { match { ${this.#clauses.join('\n')} } ${result} }`
    return { text, params: this.#params.params, types: this.#params.types }
  }

  #where(type: Entity): string {
    const p = this.#choices.below(3) === 1 ? this.#choices.maybe(type.properties.filter(isValue)) : undefined
    if (!p) return ''
    const of: ValueType = p.type.kind === 'list' ? { kind: 'scalar', name: p.type.of } : p.type
    return ` { ${p.name}: ${this.#params.value(of)} }`
  }

  #hop(clauses = this.#clauses, bound = this.#bound): boolean {
    const c = this.#choices
    const [from, type] = c.of([...this.#bound].filter(([, t]) => t.kind === 'node'))
    const edge = c.maybe(this.#model.edges.filter((e) => e.from === type.name || e.to === type.name))
    if (!edge) return false
    const out = edge.from === type.name && !(edge.to === type.name && c.rarely(3))
    const name = edge.name.charAt(0).toLowerCase() + edge.name.slice(1)
    const to = c.rarely(12) ? '_' : c.of(['y', 'z', 'w', 'x'].filter((v) => v !== from))
    const far = out ? edge.to : edge.from
    const known = this.#bound.get(to) ?? bound.get(to)
    if (known && known.name !== far) return false
    const [a, b] = out ? [from, to] : [to, from]
    const hops = c.rarely(4) ? `{${1 + c.below(2)},${2 + c.below(3)}}` : ''
    if (hops === '' && c.rarely(3) && !bound.has('e') && !this.#bound.has('e')) {
      clauses.push(`$${a} $e:${name} $${b}`)
      bound.set('e', edge)
    } else if (hops !== '' && !this.#path && clauses === this.#clauses && c.below(2) === 1) {
      this.#path = true
      clauses.push(`$way = $${a} ${name}${hops} $${b}`)
    } else if (edge.from === edge.to && c.rarely(4)) clauses.push(`$${a} <${name}>${hops} $${b}`)
    else clauses.push(`$${a} ${name}${hops} $${b}`)
    const node = this.#model.nodes.find((n) => n.name === far)
    if (node && to !== '_') bound.set(to, node)
    return true
  }

  #filter(clauses: string[], bound: ReadonlyMap<string, Entity>): void {
    const c = this.#choices
    const one = this.#condition(bound)
    if (one === null) return
    const other = c.rarely(4) ? this.#condition(bound) : null
    clauses.push(other === null ? one : `(${one} ${c.of(['or', 'and'])} ${other})`)
  }

  #condition(bound: ReadonlyMap<string, Entity>): string | null {
    const c = this.#choices
    const [variable, type] = c.of([...bound])
    const p = c.maybe(type.properties.filter(isValue))
    if (!p) return null
    const at = `$${variable}.${p.name}`
    if (p.type.kind === 'list')
      return `${at} contains ${this.#params.value({ kind: 'scalar', name: p.type.of })}`
    if (p.type.kind === 'enum' || typeText(p.type) === 'Bool')
      return `${at} ${c.of(['=', '!='])} ${this.#params.value(p.type)}`
    if (typeText(p.type) === 'String') return this.#textCondition(at, type)
    if (typeText(p.type) === 'DateTime' && c.rarely(4)) return `${at} < now()`
    if (isNumber(p) && c.rarely(4)) return `${this.#sum(at)} ${c.of(COMPARE)} ${this.#params.value(p.type)}`
    return `${at} ${c.of(COMPARE)} ${this.#params.value(p.type)}`
  }

  #textCondition(at: string, type: Entity): string {
    const c = this.#choices
    if (type.kind === 'edge' || c.below(2) === 0)
      return `${at} ${c.of([...COMPARE, 'contains', 'starts_with'])} ${this.#params.text()}`
    const func = c.of(['search', 'match_text', 'fuzzy', 'bm25'])
    if (func === 'bm25') return `bm25(${at}, ${this.#params.text()}) > 0`
    const edits = func === 'fuzzy' && c.below(2) === 0 ? `, ${c.of(['1', '0', '2', '9', '2147483647'])}` : ''
    return `${func}(${at}, ${this.#params.text()}${edits})`
  }

  #sum(at: string): string {
    const c = this.#choices
    const other = c.of(['1', '2', '0', '9223372036854775807', '1.5', at])
    return `${at} ${c.of(['+', '-', '*', '/', '%'])} ${other}`
  }

  #block(): void {
    const c = this.#choices
    const inner: string[] = []
    const bound = new Map<string, Entity>()
    if (!this.#hop(inner, bound)) return
    if (bound.size > 0 && c.below(2) === 1) this.#filter(inner, bound)
    const kind = c.of(['not', 'exists', 'optional'])
    this.#clauses.push(`${kind} { ${inner.join('\n')} }`)
    if (kind === 'optional') for (const [name, type] of bound) this.#bound.set(name, type)
  }

  #result(): string {
    const c = this.#choices
    const page = c.of(['', 'limit 3', 'limit 2 offset 1', 'limit 0', 'offset 9999999', 'limit 4294967296'])
    switch (c.below(5)) {
      case 1:
        return this.#aggregates()
      case 2: {
        const ranking = this.#ranking()
        if (ranking !== null) return ranking
        break
      }
      case 3:
        return `return { ${[...this.#bound.keys()].map((v) => `$${v}`).join(', ')} } ${page}`
      default:
    }
    const fields = this.#fields()
    const order = c.below(2) === 1 ? `order { ${fields[0]?.split(' as ')[0]}${c.of(['', ' desc'])} }` : ''
    return `return ${c.rarely(4) ? 'distinct ' : ''}{ ${fields.join(', ')} } ${order} ${page}`
  }

  #fields(): string[] {
    const c = this.#choices
    const fields = Array.from({ length: 1 + c.below(3) }, (_, i) => this.#field(i))
    if (this.#path && c.below(2) === 1) fields.push('nodes($way) as steps', 'length($way) as far')
    return [...new Set(fields)]
  }

  #field(i: number): string {
    const c = this.#choices
    const [variable, type] = c.of([...this.#bound])
    const p = c.maybe(type.properties.filter(isValue))
    if (!p) return `$${variable} as v${i}`
    const at = `$${variable}.${p.name}`
    const alias = `as ${c.rarely(10) ? c.of(['__proto__', 'constructor', 'select', 'rowid']) : `f${i}`}`
    const form = c.below(6)
    if (form < 2) return `${at} ${alias}`
    if (isNumber(p)) return `${this.#sum(at)} ${alias}`
    if (p.type.kind === 'list') return `length(${at}) ${alias}`
    if (typeText(p.type) !== 'String') return `coalesce(${at}, ${this.#params.value(p.type)}) ${alias}`
    const start = c.of(['0', '1', '-1', '9007199254740991', '-9223372036854775808'])
    const calls = [
      ...[
        `lower(${at})`,
        `upper(${at})`,
        `trim(${at})`,
        `length(${at})`,
        `substring(${at}, ${start}, ${c.of(['1', '99999', '-1'])})`,
      ],
      ...[`concat(${at}, ${quoted(hostileString(c))})`, `coalesce(${at}, ${this.#params.text()})`],
      ...(type.kind === 'node'
        ? [`bm25(${at}, ${this.#params.text()})`, `search(${at}, ${this.#params.text()})`]
        : []),
    ]
    return `${c.of(calls)} ${alias}`
  }

  #aggregates(): string {
    const c = this.#choices
    const [variable, type] = c.of([...this.#bound])
    const list = [`count($${variable}) as total`]
    const numeric = c.maybe(type.properties.filter(isNumber))
    if (numeric) {
      const at = `$${variable}.${numeric.name}`
      list.push(`sum(${at}) as added`, `avg(${this.#sum(at)}) as mean`)
    }
    const ordered = c.maybe(type.properties.filter((p) => p.type.kind === 'scalar' && p.type.name !== 'Bool'))
    if (ordered)
      list.push(`min($${variable}.${ordered.name}) as low`, `max($${variable}.${ordered.name}) as high`)
    const group = c.below(2) === 1 ? c.maybe(type.properties.filter(isValue)) : undefined
    return `return { ${[...(group ? [`$${variable}.${group.name} as by`] : []), ...list].join(', ')} }`
  }

  /** Ordered by bm25, nearest or both; null when nothing can be ranked. */
  #ranking(): string | null {
    const c = this.#choices
    const nodes = [...this.#bound].filter(([, t]) => t.kind === 'node')
    const texts = nodes.flatMap(([v, t]) =>
      t.properties.filter((p) => typeText(p.type) === 'String').map((p) => `$${v}.${p.name}`),
    )
    const vectors = nodes.flatMap(([v, t]) =>
      t.properties.flatMap((p) =>
        p.type.kind === 'vector' ? [{ at: `$${v}.${p.name}`, type: p.type }] : [],
      ),
    )
    const [text, vector] = [c.maybe(texts), c.maybe(vectors)]
    const words = text && `bm25(${text}, ${this.#params.text()})`
    const near =
      vector &&
      `nearest(${vector.at}, ${c.rarely(12) ? this.#params.text() : this.#params.value(vector.type)})`
    const [first, second] = [near ?? words, words ?? near]
    if (first === undefined || second === undefined) return null
    const k = c.of(['', ', 60', ', 1', ', 9223372036854775807'])
    const rank = c.of([first, second, `rrf(${first}, ${second}${k})`])
    return c.below(2) === 0
      ? `return { $x } order { ${rank} } limit ${1 + c.below(5)}`
      : `return { $x, ${rank} as score } order { score${c.of(['', ' desc'])} } limit 3`
  }
}

/** May stand in a comparison or a result. */
function isValue(p: PropertyModel): boolean {
  return p.type.kind !== 'blob' && p.type.kind !== 'vector'
}

function isNumber(p: PropertyModel): boolean {
  return p.type.kind === 'scalar' && /^[IUF]\d/.test(p.type.name)
}
