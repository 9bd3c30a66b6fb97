import { Graph } from '@groundplane/graph'
import type { ReadQuery } from '@groundplane/lang'
import type { Contender } from './contender.js'

const POINT = 'query point($h: String) { match { $p: Person { handle: $h } } return { $p } }'
const TWO_HOPS = `query two($h: String) {
  match { $a: Person { handle: $h }  $a knows $b  $b knows $c }
  return { $b.name as via, $c.name as name, $c.age as age }
}`
const REACH = `query reach($h: String) {
  match { $a: Person { handle: $h }  $a knows{1,4} $b } return { count($b) as n }
}`
const UPDATE = 'query age($h: String, $age: I32) { update Person set { age: $age } where handle = $h }'

export class Ours implements Contender {
  readonly name = 'groundplane'
  readonly graph: Graph
  readonly #point
  readonly #twoHops
  readonly #reach

  constructor(root: string) {
    this.graph = Graph.open(root)
    const prepare = (text: string) => this.graph.prepare(this.graph.checkedQuery(text) as ReadQuery)
    this.#point = prepare(POINT)
    this.#twoHops = prepare(TWO_HOPS)
    this.#reach = prepare(REACH)
  }

  pointRead(handle: string): unknown {
    return this.#point.all({ h: handle })[0]
  }

  pointReadOn(handle: string, branch: string): unknown {
    return this.#point.all({ h: handle }, { branch })[0]
  }

  twoHops(handle: string): number {
    return this.#twoHops.all({ h: handle }).length
  }

  reach(handle: string): number {
    return this.#reach.all({ h: handle })[0]?.n as number
  }

  update(handle: string, age: number): unknown {
    return this.graph.mutate(UPDATE, { h: handle, age })
  }

  optimize(): unknown {
    return this.graph.optimize()
  }

  settle(): unknown {
    return this.graph.mutate('query settle() { update Person set { age: 17 } where age < 42 }', {})
  }

  close(): void {
    this.graph.close()
  }
}
