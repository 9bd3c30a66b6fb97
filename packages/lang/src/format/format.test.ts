import { describe, expect, it } from 'vitest'
import { formatQueries, formatSchema } from './format.js'

describe('formatSchema', () => {
  it('puts members on lines of their own, two columns in, and long annotations below their property', () => {
    const source = `// about people
node   Person  implements Named{ name:String@key age :I32?   // years
@index( name,age )
  note: String? @description("${'x'.repeat(90)}")

  // last
}
edge Knows:Person->Person@card(0..2){since:Date?}
edge Likes : Person -> Person`
    expect(formatSchema(source).text).toBe(`// about people
node Person implements Named {
  name: String @key
  age: I32? // years
  @index(name, age)
  note: String?
    @description("${'x'.repeat(90)}")

  // last
}

edge Knows: Person -> Person @card(0..2) { since: Date? }
edge Likes: Person -> Person
`)
  })

  it('breaks an enum that does not fit 100 columns', () => {
    const values = Array.from({ length: 12 }, (_, i) => `long-value-${i}`)
    const { text } = formatSchema(`node A { kind: enum(${values.join(',')})? }`)
    expect(text).toBe(`node A {\n  kind: enum(\n${values.map((v) => `      ${v}`).join(',\n')}\n    )?\n}\n`)
  })
})

describe('formatQueries', () => {
  it('lays out sections, nested blocks and traversals', () => {
    const source = `query q($a:String,$b:I32?)@description("d"){match{$p:Person{name:$a}
      $p $e : knows $q  $q < knows > $r $q knows { 1 , 3 } $s
      $path=$p knows{1,2} $t

      not{$p worksAt $_}
      $p.age>-1 or $p.age=$b}
      return{$p.name as name $q.age - 1 as less}order{name desc}limit 5 offset 2}`
    expect(formatQueries(source).text).toBe(`query q($a: String, $b: I32?) @description("d") {
  match {
    $p: Person { name: $a }
    $p $e:knows $q
    $q <knows> $r
    $q knows{1,3} $s
    $path = $p knows{1,2} $t

    not { $p worksAt $_ }
    $p.age > -1 or $p.age = $b
  }
  return { $p.name as name, $q.age - 1 as less }
  order { name desc }
  limit 5
  offset 2
}
`)
  })

  it('keeps a list on several lines when its first item stands on one of its own', () => {
    const source = 'query q() { match { $p: Person } return {\n $p.a, $p.b } }'
    expect(formatQueries(source).text).toBe(`query q() {
  match { $p: Person }
  return {
    $p.a,
    $p.b
  }
}
`)
  })

  it('keeps the text of a projection without an alias, which names its column', () => {
    const { text } = formatQueries('query q() { match { $p: Person } return { count( $p ),$p.age+1 } }')
    expect(text).toContain('return { count( $p ), $p.age+1 }')
  })

  it('writes line breaks as the file has them', () => {
    const { text = '' } = formatQueries('query q($n: String) {\r\n delete A where a=$n }\r\n')
    expect(text).toBe('query q($n: String) {\r\n  delete A where a = $n\r\n}\r\n')
  })
})
