import { describe, expect, it } from 'vitest'
import type { CheckedQuery, Clause, ReadQuery } from '../ir/query-ir.js'
import { modelOf, PEOPLE } from '../testing/marked-source.js'
import { checkQueries } from './query-checker.js'

const MODEL = modelOf(PEOPLE)
const STRING = { kind: 'scalar', name: 'String' }
const I32 = { kind: 'scalar', name: 'I32' }
const I64 = { kind: 'scalar', name: 'I64' }
const F64 = { kind: 'scalar', name: 'F64' }
const name = (variable: string) => ({
  kind: 'property',
  variable,
  property: 'name',
  type: STRING,
  nullable: false,
})

function only(text: string): CheckedQuery {
  const { queries, diagnostics } = checkQueries(text, MODEL)
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  expect(queries).toHaveLength(1)
  return queries[0] as CheckedQuery
}

function read(text: string): ReadQuery {
  const query = only(text)
  if (query.kind !== 'read') throw new Error('not a read query')
  return query
}

const clauses = (match: string): readonly Clause[] =>
  read(`query q() { match { ${match} } return { $p.name } }`).match

describe('the checked form of a read', () => {
  it('holds resolved types, params, columns, order, limit and the schema it was checked against', () => {
    const query = read(`
      query grown($n: String, $least: I32?) @description("d") @deprecated("use adults") {
        match {
          $p: Person { name: $n }
          $p knows $f
          $f.age >= $least
        }
        return { $f.name, $f.age as years  count($p) }
        order { years desc, $f.name }
        limit 5
        offset 10
      }`)
    expect(query).toEqual({
      kind: 'read',
      name: 'grown',
      description: 'd',
      deprecated: 'use adults',
      schemaDigest: MODEL.digest,
      params: [
        { name: 'n', type: STRING, nullable: false },
        { name: 'least', type: I32, nullable: true },
      ],
      variables: [
        { name: 'p', kind: 'node', type: 'Person' },
        { name: 'f', kind: 'node', type: 'Person' },
      ],
      match: [
        {
          kind: 'bind',
          variable: 'p',
          type: 'Person',
          where: [{ property: 'name', value: { kind: 'param', name: 'n', type: STRING, nullable: false } }],
        },
        { kind: 'traverse', source: 'p', target: 'f', edge: 'Knows', direction: 'out' },
        {
          kind: 'filter',
          predicate: {
            kind: 'compare',
            op: '>=',
            left: { kind: 'property', variable: 'f', property: 'age', type: I32, nullable: true },
            right: { kind: 'param', name: 'least', type: I32, nullable: true },
          },
        },
      ],
      projections: [
        { name: 'f.name', expression: name('f') },
        {
          name: 'years',
          expression: { kind: 'property', variable: 'f', property: 'age', type: I32, nullable: true },
        },
        {
          name: 'count($p)',
          expression: {
            kind: 'aggregate',
            func: 'count',
            arg: { kind: 'variable', variable: 'p' },
            type: I64,
          },
        },
      ],
      distinct: false,
      aggregated: true,
      order: [
        { expression: { kind: 'alias', name: 'years' }, descending: true },
        { expression: { kind: 'alias', name: 'f.name' }, descending: false },
      ],
      limit: 5,
      offset: 10,
    })
  })

  it('walks an edge backwards when the variable is at its far end', () => {
    expect(clauses('$c: Company  $c worksAt $p')[1]).toEqual({
      kind: 'traverse',
      source: 'c',
      target: 'p',
      edge: 'WorksAt',
      direction: 'in',
    })
    // The type is known from below, too.
    expect(clauses('$c worksAt $p  $c: Company')[0]).toMatchObject({ source: 'c', direction: 'in' })
  })

  it('keeps hops, undirected edges, edge variables and path variables', () => {
    expect(clauses('$p knows{1,4} $f')[0]).toMatchObject({ direction: 'out', hops: { min: 1, max: 4 } })
    expect(clauses('$p <knows>{2,3} $f')[0]).toMatchObject({ direction: 'both', hops: { min: 2, max: 3 } })
    expect(clauses('$p $e:<knows> $f')[0]).toMatchObject({ direction: 'both', edgeVariable: 'e' })
    expect(clauses('$w = $p knows{1,4} $f')[0]).toMatchObject({ pathVariable: 'w', hops: { min: 1, max: 4 } })
  })

  it('gives every $_ a variable of its own and inner variables names of their own', () => {
    const query = read(`query q() {
      match { $p: Person  $_1: Company  not { $p knows $f }  not { $p worksAt $_ }  exists { $p knows $f } }
      return { $p.name } }`)
    expect(query.variables).toEqual([
      { name: 'p', kind: 'node', type: 'Person' },
      { name: '_1', kind: 'node', type: 'Company' },
      { name: 'f', kind: 'node', type: 'Person' },
      { name: '_2', kind: 'node', type: 'Company', anonymous: true },
      { name: 'f_1', kind: 'node', type: 'Person' },
    ])
    expect(query.match.map((clause) => clause.kind)).toEqual(['bind', 'bind', 'not', 'not', 'exists'])
  })

  it('marks what an optional block binds as optional and nullable', () => {
    const query = read(
      'query q() { match { $p: Person  $c.employees > 3  optional { $p worksAt $c } } return { $p.name } }',
    )
    // The filter above the block does not see its variable yet where it stands, but the pattern is a set.
    expect(query.match.map((clause) => clause.kind)).toEqual(['bind', 'optional', 'filter'])
    expect(query.variables[1]).toEqual({ name: 'c', kind: 'node', type: 'Company', optional: true })
    expect(query.match[2]).toMatchObject({ predicate: { left: { variable: 'c', nullable: true } } })
  })

  it('reads membership in a list property of a bind as a filter', () => {
    expect(clauses('$p: Person { tags: "x", age: 3 }')).toEqual([
      {
        kind: 'bind',
        variable: 'p',
        type: 'Person',
        where: [{ property: 'age', value: { kind: 'literal', value: 3, type: I32 } }],
      },
      {
        kind: 'filter',
        predicate: {
          kind: 'compare',
          op: 'contains',
          left: {
            kind: 'property',
            variable: 'p',
            property: 'tags',
            type: { kind: 'list', of: 'String' },
            nullable: true,
          },
          right: { kind: 'literal', value: 'x', type: STRING },
        },
      },
    ])
  })

  it('joins conditions: and binds tighter than or, parentheses group', () => {
    const shape = (match: string) => {
      const filter = clauses(`$p: Person ${match}`)[1]
      return filter?.kind === 'filter'
        ? JSON.stringify(filter.predicate, (k, v) => (k === 'left' || k === 'right' ? undefined : v))
        : ''
    }
    const eq = '{"kind":"compare","op":"="}'
    expect(shape('$p.age = 1 or $p.age = 2 and $p.age = 3')).toBe(
      `{"kind":"or","any":[${eq},{"kind":"and","all":[${eq},${eq}]}]}`,
    )
    expect(shape('($p.age = 1 or $p.age = 2) and ($p.age + 1) * 2 = 3')).toBe(
      `{"kind":"and","all":[{"kind":"or","any":[${eq},${eq}]},${eq}]}`,
    )
  })

  it('types literals by what they meet and keeps large integers exact', () => {
    const [bind] = clauses(
      '$p: Person { big: 18446744073709551615, score: 3, seen: datetime("2024-01-01T00:30:00+01:00") }',
    )
    expect(bind).toMatchObject({
      where: [
        { value: { value: 18446744073709551615n, type: { name: 'U64' } } },
        { value: { value: 3, type: F64 } },
        { value: { value: '2023-12-31T23:30:00.000Z', type: { name: 'DateTime' } } },
      ],
    })
  })

  it('types arithmetic and functions', () => {
    const query = read(`query q() { match { $w = $p knows{1,4} $f }
      return distinct { $p.age + 1 * 2 as a, $p.age / 2 as b, lower($p.name) as c, nodes($w) as d, length($w) as e, a as again } }`)
    const types = query.projections.map(({ expression }) =>
      'type' in expression ? expression.type : undefined,
    )
    expect(types).toEqual([I64, F64, STRING, { kind: 'list', of: 'String' }, I64, I64])
    expect(query.projections[0]?.expression).toMatchObject({ op: '+', right: { op: '*' } })
    expect(query.projections.at(-1)?.expression).toEqual(query.projections[0]?.expression)
    expect(query.distinct).toBe(true)
  })

  it('compares two variables of one type by identity', () => {
    expect(clauses('$p knows $f  $p != $f')[1]).toEqual({
      kind: 'filter',
      predicate: {
        kind: 'compare',
        op: '!=',
        left: { kind: 'variable', variable: 'p' },
        right: { kind: 'variable', variable: 'f' },
      },
    })
  })

  it('tells a filter on two variables from a traversal by the schema', () => {
    const query = read(
      'query q($t: String, $s: String) { match { $p: Person  $t contains $s  $t = $s  $f: Person  $p knows $f } return { $p.name } }',
    )
    expect(query.match.map((clause) => clause.kind)).toEqual(['bind', 'bind', 'traverse', 'filter', 'filter'])
  })

  it('ranks by search functions', () => {
    const query = read(`query q($v: Vector(3), $t: String) { match { $p: Page }
      return { $p.url, bm25($p.text, $t) as score }
      order { rrf(nearest($p.embedding, $v), bm25($p.text, $t), 30), score desc } limit 3 }`)
    expect(query.order[0]?.expression).toMatchObject({
      kind: 'search',
      type: F64,
      call: {
        func: 'rrf',
        args: [
          { func: 'nearest', args: [{ property: 'embedding' }, { kind: 'param', name: 'v' }] },
          { func: 'bm25', args: [{ property: 'text' }, { kind: 'param', name: 't' }] },
          { kind: 'literal', value: 30 },
        ],
      },
    })
  })
})

describe('the checked form of a write', () => {
  it('separates the ends of an edge from its properties and keeps the order of statements', () => {
    const query = only(`query hire($p: String, $c: String, $at: DateTime?) {
      insert Person { name: $p, seen: now() tags: ["a", "b"], status: "on" }
      insert WorksAt { from: $p, to: $c, role: "dev" }
      update Knows set { weight: 2 } where from = $p
      update Person set { seen: $at, photo: "base64:AA==" } where name = $p
    }`)
    expect(query.kind === 'write' && query.statements).toEqual([
      {
        kind: 'insert-node',
        type: 'Person',
        assignments: [
          { property: 'name', value: { kind: 'param', name: 'p', type: STRING, nullable: false } },
          { property: 'seen', value: { kind: 'now', type: { kind: 'scalar', name: 'DateTime' } } },
          {
            property: 'tags',
            value: { kind: 'literal', value: ['a', 'b'], type: { kind: 'list', of: 'String' } },
          },
          {
            property: 'status',
            value: { kind: 'literal', value: 'on', type: { kind: 'enum', values: ['on', 'off'] } },
          },
        ],
      },
      {
        kind: 'insert-edge',
        type: 'WorksAt',
        from: { kind: 'param', name: 'p', type: STRING, nullable: false },
        to: { kind: 'param', name: 'c', type: STRING, nullable: false },
        assignments: [{ property: 'role', value: { kind: 'literal', value: 'dev', type: STRING } }],
      },
      {
        kind: 'update',
        entity: 'edge',
        type: 'Knows',
        assignments: [{ property: 'weight', value: { kind: 'literal', value: 2, type: F64 } }],
        where: {
          property: 'from',
          op: '=',
          value: { kind: 'param', name: 'p', type: STRING, nullable: false },
        },
      },
      {
        kind: 'update',
        entity: 'node',
        type: 'Person',
        assignments: [
          {
            property: 'seen',
            value: { kind: 'param', name: 'at', type: { kind: 'scalar', name: 'DateTime' }, nullable: true },
          },
          { property: 'photo', value: { kind: 'literal', value: 'base64:AA==', type: { kind: 'blob' } } },
        ],
        where: {
          property: 'name',
          op: '=',
          value: { kind: 'param', name: 'p', type: STRING, nullable: false },
        },
      },
    ])
  })
})
