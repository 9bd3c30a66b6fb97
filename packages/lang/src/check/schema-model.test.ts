import { describe, expect, it } from 'vitest'
import { modelOf } from '../testing/marked-source.js'
import { checkSchema } from './schema-checker.js'

describe('the checked form of a schema', () => {
  it('expands interfaces first, normalises constraints and keeps unknown annotations', () => {
    const model = modelOf(`
      interface Named { name: String @index  title: String? @description("t") }
      node Person @owner("ops", since=2020) implements Named {
        age: I32? @rename_from("years")
        name: String @key
        @range(age, 0..150)
        @check(name, "^\\\\S")
        @unique(age, name)
        @index(age)
      }
      edge Knows: Person -> Person @card(0..3) { since: Date? @unique  @unique(src, dst) }`)
    expect(model.nodes).toEqual([
      {
        kind: 'node',
        name: 'Person',
        implements: ['Named'],
        properties: [
          {
            name: 'name',
            type: { kind: 'scalar', name: 'String' },
            nullable: false,
            annotations: [],
            fromInterface: 'Named',
          },
          {
            name: 'title',
            type: { kind: 'scalar', name: 'String' },
            nullable: true,
            annotations: [{ name: 'description', value: 't', arguments: {} }],
            fromInterface: 'Named',
          },
          {
            name: 'age',
            type: { kind: 'scalar', name: 'I32' },
            nullable: true,
            annotations: [],
            renamedFrom: 'years',
          },
        ],
        key: ['name'],
        unique: [['age', 'name']],
        indexes: [['age']],
        ranges: [{ property: 'age', min: 0, max: 150 }],
        checks: [{ property: 'name', pattern: '^\\S' }],
        annotations: [{ name: 'owner', value: 'ops', arguments: { since: 2020 } }],
      },
    ])
    expect(model.edges[0]).toMatchObject({
      name: 'Knows',
      from: 'Person',
      to: 'Person',
      cardinality: { min: 0, max: 3 },
      unique: [['since'], ['from', 'to']],
    })
  })

  it('drops needless escapes of other dialects from patterns', () => {
    expect(
      modelOf('node A { a: String @check(a, "[\\\\-\\\\@]\\\\:\\\\.") }').nodes[0]?.checks[0]?.pattern,
    ).toBe('[\\-@]:\\.')
  })
})

describe('an inline flag group of a pattern', () => {
  const checkOf = (pattern: string) =>
    modelOf(`node A { a: String @check(a, "${pattern}") }`).nodes[0]?.checks[0]

  it.each([
    ['(?i)^abc$', { property: 'a', pattern: '^abc$', flags: 'i' }],
    ['(?smi)^a.c', { property: 'a', pattern: '^a.c', flags: 'ims' }],
    ['^abc$', { property: 'a', pattern: '^abc$' }],
    ['(?:i)x', { property: 'a', pattern: '(?:i)x' }],
  ])('%s becomes flags', (pattern, expected) => {
    expect(checkOf(pattern)).toEqual(expected)
  })

  it.each(['(?x)a b', '(?-i)a', '(?iU)a', 'a(?i)b'])('%s has no meaning here and is refused', (pattern) => {
    const { diagnostics } = checkSchema(`node A { a: String @check(a, "${pattern}") }`)
    expect(diagnostics.map(({ code }) => code)).toEqual(['invalid-pattern'])
  })
})

describe('the digest of a schema', () => {
  const digest = (text: string) => modelOf(text).digest
  const base = 'node A { a: enum(x, y) b: I32? @range(b, 0..3) } edge Of: A -> A'

  it('ignores comments, white space, the order of enum members and how a constraint is written', () => {
    const same = `// a comment
      node A {   a:enum( y ,x )
        /* more */ b : I32 ?
        @range(b, 0..3) }

      edge Of : A->A { }`
    expect(digest(same)).toBe(digest(base))
    expect(digest('node A { a: String @key }')).toBe(digest('node A { a: String @key(a) }'))
  })

  it.each([
    ['a type', base.replace('I32', 'I64')],
    ['a nullability', base.replace('?', '')],
    ['a bound', base.replace('0..3', '0..4')],
    ['a cardinality', `${base} @card(1..1)`],
    ['an annotation', base.replace('node A', 'node A @description("d")')],
    ['an enum member', base.replace('x, y', 'x, y, z')],
  ])('changes with %s', (_, changed) => {
    expect(digest(changed)).not.toBe(digest(base))
  })

  it('keeps integers beyond 2^53 apart', () => {
    const of = (n: string) => digest(`node A { a: U64 @range(a, 0..${n}) }`)
    expect(of('9007199254740993')).not.toBe(of('9007199254740992'))
  })
})
