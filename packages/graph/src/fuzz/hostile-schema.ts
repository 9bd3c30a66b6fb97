import type { Choices } from '@groundplane/lang/testing/choices'
import { damaged, HOSTILE_STRINGS } from '@groundplane/lang/testing/hostile-text'
import type { Graph } from '../graph.js'

/** A type that no generator names: its rows must be there, unchanged, after everything. */
export const CANARY = 'Canary'

/** Every kind of type and constraint; names that mean something to SQL, to the store's tables and to JavaScript. */
export const SCHEMA = `interface Named {
  name: String
}
node Person implements Named {
  @key(name)
  age: I32?
  email: String? @unique
  mood: enum(good, bad, __proto__)?
  tags: [String]?
  nums: [I64]?
  flags: [Bool]?
  days: [Date]?
  big: I64? @index
  huge: U64?
  small: U32?
  half: F32?
  score: F64? @index
  born: Date?
  seen: DateTime?
  bio: String? @index
  photo: Blob?
  code: String?
  v: Vector(2)?
  __proto__: String?
  constructor: String?
  rowid: I32?
  vid: I32? @unique
  group: Bool? @index
  @range(age, 0..150)
  @check(email, "^[^@]+@[^@]+$")
  @check(code, "^(a+)+$")
  @index(age)
}
node Note {
  text: String @index
  done: Bool?
  vec: Vector(2)? @embed("text")
}
node Pair {
  a: I64
  b: Date
  c: enum(x, y)
  n: I32 @default(3)
  @key(a, b, c)
}
node ${CANARY} {
  name: String @key
  word: String
}
edge Knows: Person -> Person {
  since: Date?
  weight: F64?
  note: String?
  @unique(from, to, since)
}
edge Wrote: Person -> Note @card(0..3)
edge Select: Note -> Pair {
  n: I32? @index
}
`

/** Ids of nodes that are there at the beginning. */
export const KNOWN_IDS = ['a', 'b', 'c', "'; DROP TABLE meta; --", '__proto__']

/** A few rows of each type, and the canaries. */
export function seed(graph: Graph): void {
  graph.transact({}, (tx) => {
    for (const [i, name] of KNOWN_IDS.entries()) {
      const given = { tags: ['x', name], big: '9223372036854775807', mood: 'good', bio: `fox ${name} bear` }
      tx.upsertNode('Person', { name, age: i, score: i / 2, v: [i, 1], seen: '2024-02-29', ...given })
    }
    tx.upsertNode('Person', {
      name: 'd',
      photo: 'base64:AAAA',
      nums: [1, '-9223372036854775808'],
      group: true,
    })
    tx.upsertNode('Note', { id: 'a', text: 'the quick brown fox', vec: [1, 0] })
    tx.upsertNode('Note', { id: 'b', text: 'Café Müller 漢字', done: false })
    tx.upsertNode('Pair', { a: 1, b: '2024-02-29', c: 'x' })
    tx.insertEdge('Knows', 'a', 'b', { id: 'k1', weight: 1.5, since: '2024-01-01' })
    tx.insertEdge('Knows', 'b', 'c', { id: 'k2', note: "it's" })
    tx.insertEdge('Knows', 'c', 'c', { id: 'k3' })
    tx.insertEdge('Knows', 'c', 'd', { id: 'k4' })
    tx.insertEdge('Wrote', 'a', 'a', { id: 'w1' })
    tx.insertEdge('Wrote', 'a', 'b', { id: 'w2' })
    tx.insertEdge('Select', 'a', '["1","2024-02-29","x"]', { id: 's1', n: 2 })
  })
  plantCanaries(graph)
}

export function plantCanaries(graph: Graph): void {
  graph.transact({}, (tx) => {
    for (const [name, word] of CANARIES) tx.upsertNode(CANARY, { name, word })
  })
}

const isWellFormed = (text: string): boolean => Buffer.from(text, 'utf8').toString('utf8') === text

/** Each hostile string that a graph can hold, as data. */
export const CANARIES: readonly (readonly [string, string])[] = HOSTILE_STRINGS.filter(isWellFormed).map(
  (word, i) => [`canary ${i}`, word],
)

const SMALL_SCHEMA =
  'node A { a: String @key b: I32? @range(b, 0..9) } edge Of: A -> A @card(0..1) { c: enum(x, y)? }'

/** For the checker: a damaged small schema, seldom the large one. */
export function damagedSchema(choices: Choices): string {
  return damaged(choices.rarely(10) ? SCHEMA : SMALL_SCHEMA, choices)
}

const TYPES = [
  'String',
  'I32',
  'I64',
  'U64',
  'F64',
  'Bool',
  'Date',
  '[String]',
  'Vector(2)',
  'Blob',
  'enum(x, y, z)',
]
const NAMES = ['added', '__proto__', 'constructor', 'rowid', 'group', 'id', 'select', 'name', 'from', 'x']
const BEHIND = [
  '@index',
  '@unique',
  '@default(1)',
  '@default("x")',
  '@key',
  '@rename_from("age")',
  '@deprecated("x")',
]
const LINES = [
  '@index(age)',
  '@unique(score)',
  '@range(age, 1..3)',
  '@check(bio, "^a")',
  '@check(bio, "^(a|a)*$")',
  '@index(nope)',
  '@key(age)',
]
const BLOCKS = [
  'node Added {\n  s: String @key\n  n: I32?\n}',
  'edge Extra: Person -> Person {\n  w: F64?\n}',
  'node Note2 @rename_from("Note") {\n  text: String @index\n}',
  'edge Known: Person -> Person @rename_from("Knows") {\n  since: Date?\n}',
  'interface Other {\n  o: String?\n}',
]

/**
 * What a schema could be changed to: most results pass the checker, and ask for every kind of migration
 * step, supported and not. Works on texts with one declaration or property to a line.
 */
export function changedSchema(source: string, choices: Choices): string {
  const harm = choices.rarely(12) ? choices.apart(6) : null
  let lines = source.split('\n').filter((line) => line.trim() !== '')
  for (let i = choices.below(3); i >= 0; i--) lines = changedLines(lines, choices)
  const text = lines.join('\n')
  return harm ? damaged(text, harm, 1) : text
}

function changedLines(lines: readonly string[], choices: Choices): string[] {
  const inside = lines.flatMap((line, i) =>
    /^ {2}[a-z_]\w*:/.test(line) && !isCanaryLine(lines, i) ? [i] : [],
  )
  const at = choices.maybe(inside)
  const line = at === undefined ? '' : (lines[at] as string)
  const replaced = (by: readonly string[]): string[] =>
    at === undefined ? [...lines] : [...lines.slice(0, at), ...by, ...lines.slice(at + 1)]
  switch (choices.below(10)) {
    case 0:
      return replaced([
        line,
        `  ${choices.of(NAMES)}: ${choices.of(TYPES)}${choices.of(['?', '?', ' @default("x")', ''])}`,
      ])
    case 1:
      return replaced([])
    case 2:
      return replaced([line.replace(/\?/, '')])
    case 3:
      return replaced([line.replace(/: [A-Z]\w*(\(\d\))?\??/, `: ${choices.of(TYPES)}?`)])
    case 4:
      return replaced([`${line} ${choices.of(BEHIND)}`])
    case 5:
      return replaced([line.replace(/ @\w+(\([^)]*\))?/, '')])
    case 6:
      return replaced([renamedLine(line, choices)])
    case 7:
      return replaced([line, `  ${choices.of(LINES)}`])
    case 8:
      return [...lines, choices.of(BLOCKS)]
    default:
      return withoutBlock(lines, choices)
  }
}

function renamedLine(line: string, choices: Choices): string {
  const name = /^ {2}(\w+):/.exec(line)?.[1]
  return name === undefined
    ? line
    : `${line.replace(name, `${name.slice(0, 20)}${choices.below(9)}`)} @rename_from("${name}")`
}

function isCanaryLine(lines: readonly string[], at: number): boolean {
  for (let i = at; i >= 0; i--)
    if (/^(node|edge|interface) /.test(lines[i] as string)) return (lines[i] as string).includes(CANARY)
  return false
}

/** Without one of the declarations; an edge that led to it makes the schema wrong. */
function withoutBlock(lines: readonly string[], choices: Choices): string[] {
  const starts = lines.flatMap((line, i) => (/^(node|edge) /.test(line) && !line.includes(CANARY) ? [i] : []))
  const start = choices.maybe([...starts].reverse())
  if (start === undefined) return [...lines]
  if (!(lines[start] as string).includes('{')) return [...lines.slice(0, start), ...lines.slice(start + 1)]
  const end = lines.findIndex((line, i) => i >= start && /^\}|\}$/.test(line))
  return [...lines.slice(0, start), ...lines.slice((end < 0 ? start : end) + 1)]
}
