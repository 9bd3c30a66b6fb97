import { describe, expect, it } from 'vitest'
import { PEOPLE, readMarks } from '../testing/marked-source.js'
import { completeQueries } from './query-completion.js'
import { defineInQueries, hoverQueries, outlineQueries } from './query-services.js'
import { completeSchema, defineInSchema, hoverSchema, outlineSchema } from './schema-services.js'
import { viewSchema } from './schema-view.js'

const SCHEMA = viewSchema(PEOPLE)

/** `<||>` marks the position. */
function at(marked: string): { text: string; offset: number } {
  const { text, ranges } = readMarks(marked)
  return { text, offset: ranges[0]?.start ?? 0 }
}

function queryLabels(marked: string): string[] {
  const { text, offset } = at(marked)
  return completeQueries(text, offset, SCHEMA).map(({ label }) => label)
}

function schemaLabels(marked: string): string[] {
  const { text, offset } = at(marked)
  return completeSchema(text, offset).map(({ label }) => label)
}

const inMatch = (clauses: string) => `query q($n: String) { match { ${clauses} } return { $p.name } }`

describe('completion in a query', () => {
  it.each([
    ['node types behind a variable', inMatch('$p: <||>'), ['Person', 'Company', 'Task', 'Page']],
    [
      'edges that leave a node, then those that reach it',
      inMatch('$p: Company $p <||>'),
      ['owns', 'worksAt'],
    ],
    ['edges of an edge variable', inMatch('$p: Task $p $e:<||>'), ['owns']],
    ['edges of an undirected traversal', inMatch('$p: Task $p <<||>'), ['owns']],
    ['properties to match', inMatch('$p: Company { na<||> }'), ['name', 'employees']],
    [
      'properties of a variable that an edge binds',
      inMatch('$p: Person $p worksAt $c $c.<||>'),
      ['name', 'employees'],
    ],
    ['properties of an edge variable', inMatch('$p: Person $p $e:worksAt $c $e.<||>'), ['role']],
    ['enum values inside a string', inMatch('$p: Person { status: "<||>" }'), ['on', 'off']],
    ['enum values of a comparison', inMatch('$p: Person $p.status = "o<||>"'), ['on', 'off']],
    [
      'the endpoints of an edge to insert',
      'query q($n: String) { insert WorksAt { <||> } }',
      ['from', 'to', 'role'],
    ],
    ['types to insert', 'query q($n: String) { insert <||> }', ['Person', 'WorksAt']],
    ['what follows an update', 'query q($n: String) { update Person <||> }', ['set']],
    [
      'properties of a condition',
      'query q($n: String) { delete Company where <||> }',
      ['name', 'employees', 'id'],
    ],
    ['parameters as values', inMatch('$p: Person { name: <||> }'), ['$n', 'now', 'null']],
    ['types of a parameter', 'query q($n: <||>', ['String', 'DateTime', 'enum']],
    ['annotations of a query', 'query q() @<||> {', ['description', 'instruction', 'deprecated']],
    ['sections of a query', 'query q() { match { $p: Person } <||> }', ['return', 'order', 'limit']],
    [
      'columns in order',
      'query q() { match { $p: Person } return { $p.name as who } order { <||> } }',
      ['who', '$p', 'count'],
    ],
    [
      'asc and desc',
      'query q() { match { $p: Person } return { $p.name as n } order { n <||> } }',
      ['asc', 'desc'],
    ],
    ['a query between queries', 'query q() { match { $p: Person } return { $p } } <||>', ['query']],
    ['a query in an empty file', '<||>', ['query']],
  ])('offers %s', (_, marked, expected) => {
    expect(queryLabels(marked)).toEqual(expect.arrayContaining(expected))
  })

  it.each([
    ['only edges that touch the type of the variable', inMatch('$p: Task $p <||>'), ['knows', 'worksAt']],
    ['no properties of other types', inMatch('$p: Company $p.<||>'), ['age']],
    ['nothing in a comment', inMatch('$p: Person // $<||>\n'), ['$p']],
  ])('offers %s', (_, marked, absent) => {
    for (const label of absent) expect(queryLabels(marked)).not.toContain(label)
  })

  it('replaces the word that is being written, dollar sign and all', () => {
    const { text, offset } = at(inMatch('$pers: Person $pe<||>'))
    const found = completeQueries(text, offset, SCHEMA).find(({ label }) => label === '$pers')
    expect(found && text.slice(found.replace.start, found.replace.end)).toBe('$pe')
  })
})

describe('completion in a schema', () => {
  it.each([
    ['declarations', '<||>', ['node', 'edge', 'interface']],
    ['value types', 'node A { a: <||> }', ['String', 'Vector', 'enum']],
    ['interfaces', 'interface Named { n: String } node A implements <||> {}', ['Named']],
    ['node types as endpoints', 'node Alpha { a: String } edge Of: <||>', ['Alpha']],
    ['node types behind the arrow', 'node Alpha { a: String } edge Of: Alpha -> <||>', ['Alpha']],
    ['property annotations', 'node A { a: String @<||> }', ['key', 'index', 'embed']],
    ['constraints on a line of their own', 'node A { a: String\n @<||>\n }', ['range', 'check']],
    ['properties in a constraint', 'node A { alpha: String\n @key(<||>) }', ['alpha']],
    ['@card on an edge', 'node A { a: String } edge Of: A -> A @<||>', ['card']],
  ])('offers %s', (_, marked, expected) => {
    expect(schemaLabels(marked)).toEqual(expect.arrayContaining(expected))
  })
})

describe('hover', () => {
  const hoverQuery = (marked: string) => {
    const { text, offset } = at(marked)
    return hoverQueries(text, offset, SCHEMA)?.markdown
  }

  it('tells the type of a property, the ends of an edge, the type of a variable', () => {
    expect(hoverQuery(inMatch('$p: Person { a<||>ge: 3 }'))).toContain('Person.age: I32?')
    expect(hoverQuery(inMatch('$p: Person $p kno<||>ws $q'))).toContain('edge Knows: Person -> Person')
    expect(hoverQuery(inMatch('$p: Person $p worksAt $c<||>'))).toContain('$c: Company')
    expect(hoverQuery(inMatch('$p: Per<||>son'))).toContain('node Person implements Named @key(name)')
    expect(
      hoverQuery('query q<||>($n: [String]?) @description("what") { match { $p: Person } return { $p } }'),
    ).toMatch(/query q\(\$n: \[String\]\?\)[\s\S]*what[\s\S]*Reads\./)
    expect(hoverQuery(inMatch('lower<||>($p.name) = "x"'))).toContain('lower(text)')
  })

  it('shows descriptions in a schema', () => {
    const { text, offset } = at('node A @description("an a") { b<||>: String @description("its b") }')
    expect(hoverSchema(text, offset)?.markdown).toMatch(/A\.b: String[\s\S]*its b/)
    expect(hoverSchema(text, 5)?.markdown).toMatch(/node A[\s\S]*an a/)
  })
})

describe('definition', () => {
  it('leads from a query into the schema and to the place that binds a variable', () => {
    const defined = (marked: string) => {
      const { text, offset } = at(marked)
      const found = defineInQueries(text, offset, SCHEMA)
      const source = found?.document === 'schema' ? PEOPLE : text
      return (
        found && [
          found.document,
          source.slice(0, found.span.start).length,
          source.slice(found.span.start, found.span.end),
        ]
      )
    }
    expect(defined(inMatch('$p: Person $p worksAt<||> $c'))).toEqual([
      'schema',
      PEOPLE.indexOf('WorksAt'),
      'WorksAt',
    ])
    expect(defined(inMatch('$p: Comp<||>any'))?.[2]).toBe('Company')
    expect(defined(inMatch('$p: Person { na<||>me: $n }'))?.[2]).toBe('name')
    expect(defined(inMatch('$p: Person { name: $n<||> }'))).toEqual(['own', 8, '$n'])
    expect(defined(inMatch('$p: Person $p worksAt $c $c<||>.name = "x"'))?.[2]).toBe('$c')
  })

  it('leads from an edge to its node types and from a constraint to its property', () => {
    const text = 'interface I { n: String }\nnode A implements I { a: String\n @key(a) }\nedge Of: A -> A'
    const from = (needle: string, shift: number) =>
      defineInSchema(text, text.indexOf(needle) + shift)?.span.start
    expect(from('-> A', 3)).toBe(text.indexOf('A implements'))
    expect(from('implements I', 11)).toBe(text.indexOf('I {'))
    expect(from('@key(a', 5)).toBe(text.indexOf('a: String'))
  })
})

describe('outline', () => {
  it('lists declarations with their own properties, and queries with their parameters', () => {
    const types = outlineSchema('interface I { n: String } node A implements I { a: I32? } edge Of: A -> A')
    expect(
      types.map(({ kind, name, detail, children }) => [kind, name, detail, children.map((c) => c.name)]),
    ).toEqual([
      ['interface', 'I', '', ['n']],
      ['node', 'A', '', ['a']],
      ['edge', 'Of', 'A -> A', []],
    ])
    const queries = outlineQueries(
      'query a($x: I32) { delete A where a = $x } query b() { match { $a: A } return { $a } }',
    )
    expect(queries.map(({ kind, name, detail }) => [kind, name, detail])).toEqual([
      ['mutation', 'a', '($x: I32)'],
      ['query', 'b', '()'],
    ])
  })
})
