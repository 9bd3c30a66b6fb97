import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Graph } from '../graph.js'

/** A directory of its own for one test file; `remove` at the end. */
export function scratch(): { readonly dir: string; path(name: string): string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'groundplane-graph-'))
  return { dir, path: (name) => join(dir, name), remove: () => rmSync(dir, { recursive: true, force: true }) }
}

export const SOCIAL = `
node Person {
  name: String @key
  age: I32?
  email: String? @unique
  mood: enum(good, bad)?
  tags: [String]?
  big: I64?
  huge: U64?
  @range(age, 0..150)
  @check(email, "^[^@]+@[^@]+$")
  @index(age)
}
node City { code: I64 @key title: String }
node Note { text: String }
edge Knows: Person -> Person { since: Date? }
edge LivesIn: Person -> City @card(0..1)
`

export function socialGraph(root: string): Graph {
  return Graph.create(root, { schema: SOCIAL })
}
