import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

/** People who know people: five edges out of each, the ends drawn evenly. The same size gives the same data. */
export interface Dataset {
  readonly nodes: number
  readonly edges: number
}

export const SCHEMA = `
node Person { handle: String @key  name: String  age: I32?  city: String? }
edge Knows: Person -> Person { since: I32? }
`

export interface Person {
  readonly handle: string
  readonly name: string
  readonly age: number
  readonly city: string
}

const DEGREE = 5

export function dataset(nodes: number): Dataset {
  return { nodes, edges: nodes * DEGREE }
}

export function handle(i: number): string {
  return `p${String(i).padStart(7, '0')}`
}

export function person(i: number): Person {
  return { handle: handle(i), name: `Person number ${i}`, age: 18 + (i % 70), city: `city-${i % 500}` }
}

/** Mulberry32: the whole data set follows from its size. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Edges as `[from, to, since]`, by number of the person. */
export function* edges(set: Dataset): Iterable<[number, number, number]> {
  const next = random(set.nodes)
  for (let i = 0; i < set.nodes; i++) {
    for (let k = 0; k < DEGREE; k++) yield [i, Math.floor(next() * set.nodes), 1990 + ((k * 7 + i) % 35)]
  }
}

export function* jsonl(set: Dataset): Iterable<string> {
  for (let i = 0; i < set.nodes; i++) yield JSON.stringify({ type: 'Person', data: person(i) })
  for (const [from, to, since] of edges(set)) {
    yield JSON.stringify({ edge: 'Knows', from: handle(from), to: handle(to), data: { since } })
  }
}

/** Writes lines to a file, giving way to the disk. */
export async function writeLines(file: string, lines: Iterable<string>): Promise<void> {
  const out = createWriteStream(file)
  let chunk: string[] = []
  for (const line of lines) {
    chunk.push(line)
    if (chunk.length < 2000) continue
    if (!out.write(`${chunk.join('\n')}\n`)) await once(out, 'drain')
    chunk = []
  }
  out.end(chunk.length > 0 ? `${chunk.join('\n')}\n` : '')
  await once(out, 'close')
}

export function* csvPeople(set: Dataset): Iterable<string> {
  for (let i = 0; i < set.nodes; i++) {
    const p = person(i)
    yield `${p.handle},${p.name},${p.age},${p.city}`
  }
}

export function* csvEdges(set: Dataset): Iterable<string> {
  for (const [from, to, since] of edges(set)) yield `${handle(from)},${handle(to)},${since}`
}

/** More of the same beside people `0` to before `before`: new people, each with five edges, to old and new ones. */
export function* laterFacts(before: number, count: number): Iterable<string> {
  const next = random(before + count)
  for (let i = before; i < before + count; i++) yield JSON.stringify({ type: 'Person', data: person(i) })
  for (let i = before; i < before + count; i++) {
    for (let k = 0; k < DEGREE; k++) {
      const to = handle(Math.floor(next() * (before + count)))
      yield JSON.stringify({ edge: 'Knows', from: handle(i), to, data: { since: 1990 + (k % 35) } })
    }
  }
}

export const TEXT_SCHEMA = 'node Doc { slug: String @key  title: String  body: String @index }\n'

/** Texts of about forty words, of a vocabulary whose first words are the common ones. */
export function* documents(count: number): Iterable<string> {
  const next = random(count)
  const word = (): string => `w${Math.floor(20_000 * next() ** 3)}`
  const words = (n: number): string => Array.from({ length: n }, word).join(' ')
  for (let i = 0; i < count; i++)
    yield JSON.stringify({ type: 'Doc', data: { slug: `d${i}`, title: words(5), body: words(40) } })
}
