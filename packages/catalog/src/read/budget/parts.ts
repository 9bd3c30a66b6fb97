import type { Json, JsonObject } from '../../aspect/proposal.js'
import { charactersWithin, textTokens } from '../token-budget.js'

/**
 * A part of a document that may be left out whole. `at` is where it stands: a member (`a.b`), each item of a list
 * (`a[]`), a member of each item (`a[].b`), or each member of an object (`a.*`, the smallest first).
 */
export interface Part {
  readonly at: string
  /** The tool that gives it. */
  readonly get: string
}

/** What an answer says of parts that it leaves out. */
export interface Omitted {
  readonly part: string
  /** How many, of a list or of parts of one kind. */
  readonly items?: number
  /** What they would have cost. */
  readonly tokens: number
  readonly get: string
}

type Path = readonly (string | number)[]

interface Place {
  readonly path: Path
  readonly value: Json
}

interface Leaf {
  readonly path: Path
  /** Characters that it takes in the document, its name and comma included. */
  readonly length: number
  /** Of a list that goes as a whole. */
  readonly items: number | undefined
}

interface Expanded {
  readonly part: Part
  readonly leaves: readonly Leaf[]
}

/** Members of `a.*` that are named one by one when they are left out; more are counted. */
const MOST_NAMED = 20
const LONGEST_NAME = 100

/**
 * The document within a number of tokens. Its parts are given in order of need, and none is inside another: when not all
 * of them fit, each is taken whole if it still fits beside those before it, and what is left out is named in `omitted`,
 * which stands last but for the receipt. What is in no part always stays; with that alone over the budget the document is.
 */
export function fitParts<T extends object>(document: T, parts: readonly Part[], tokens: number): T {
  const most = charactersWithin(tokens)
  if (JSON.stringify(document).length <= most) return document
  const expanded = parts.map((part): Expanded => ({ part, leaves: leavesOf(document as Json, part) }))
  const all = expanded.flatMap(({ leaves }) => leaves)
  let spent =
    JSON.stringify(without(document as Json, all)).length +
    expanded.reduce((sum, { part, leaves }) => sum + longestNotes(part, leaves), NOTES_FRAME)
  const left = expanded.map(({ part, leaves }): Expanded => {
    const out: Leaf[] = []
    for (const leaf of leaves) {
      if (spent + leaf.length <= most) spent += leaf.length
      else out.push(leaf)
    }
    return { part, leaves: out }
  })
  const omitted = left.flatMap(({ part, leaves }) => notesOf(part, leaves))
  if (omitted.length === 0) return document
  const before = (document as { readonly omitted?: readonly Json[] }).omitted ?? []
  const kept = without(
    document as Json,
    left.flatMap(({ leaves }) => leaves),
  ) as JsonObject
  return beforeReceipt(kept, 'omitted', [...before, ...omitted]) as unknown as T
}

/** The document with one member more, or with another value of it; the receipt stays at its end. */
export function beforeReceipt<T extends object>(document: T, name: string, value: unknown): T {
  const { receipt, ...rest } = document as JsonObject
  return { ...rest, [name]: value, ...(receipt !== undefined && { receipt }) } as unknown as T
}

function leavesOf(document: Json, { at }: Part): Leaf[] {
  let places: Place[] = [{ path: [], value: document }]
  for (const step of at.split('.')) {
    const isEach = step.endsWith('[]')
    places = places.flatMap(({ path, value }): Place[] => {
      if (step === '*') return membersOf(path, value)
      const name = isEach ? step.slice(0, -2) : step
      const found = memberOf(value, name)
      if (found === undefined) return []
      if (!isEach) return [{ path: [...path, name], value: found }]
      return Array.isArray(found)
        ? found.map((item: Json, i) => ({ path: [...path, name, i], value: item }))
        : []
    })
  }
  const leaves = places.map(({ path, value }): Leaf => {
    const name = path.at(-1)
    const head = typeof name === 'string' ? JSON.stringify(name).length + 1 : 0
    const items = Array.isArray(value) ? value.length : undefined
    return { path, length: head + JSON.stringify(value).length + 1, items }
  })
  if (!at.endsWith('*')) return leaves
  return leaves.sort((a, b) => a.length - b.length || (nameOf(a) < nameOf(b) ? -1 : 1))
}

function memberOf(value: Json, name: string): Json | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined
}

function membersOf(path: Path, value: Json): Place[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  return Object.entries(value as JsonObject)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => ({ path: [...path, name], value: member }))
}

function nameOf({ path }: Leaf): string {
  return String(path.at(-1))
}

/** The value without what stands at the paths, nor the objects of which nothing is left. */
function without(value: Json, leaves: readonly Leaf[]): Json {
  const gone: Gone = new Map()
  for (const { path } of leaves) {
    let at = gone
    for (const [i, step] of path.entries()) {
      const next: Gone = at.get(step) ?? new Map()
      if (i === path.length - 1) next.set(WHOLE, new Map())
      at.set(step, next)
      at = next
    }
  }
  return strip(value, gone)
}

/** Steps of paths to what goes; a step that ends one holds `WHOLE`. */
type Gone = Map<string | number | typeof WHOLE, Gone>
const WHOLE = Symbol('whole')

function strip(value: Json, gone: Gone): Json {
  if (Array.isArray(value))
    return value.flatMap((item: Json, i) => {
      const inside = gone.get(i)
      if (inside?.has(WHOLE)) return []
      return [inside ? strip(item, inside) : item]
    })
  const kept = Object.entries(value as JsonObject).flatMap(([name, member]): [string, Json][] => {
    const inside = gone.get(name)
    if (!inside) return [[name, member]]
    if (inside.has(WHOLE)) return []
    const rest = strip(member, inside)
    return !Array.isArray(rest) && Object.keys(rest as JsonObject).length === 0 ? [] : [[name, rest]]
  })
  return Object.fromEntries(kept)
}

const NOTES_FRAME = '"omitted":[],'.length
const NUMBERS = '{"part":"","items":1234567890,"tokens":1234567890,"get":""},'.length

/** The most characters that notes on a part can take. */
function longestNotes({ at, get }: Part, leaves: readonly Leaf[]): number {
  if (leaves.length === 0) return 0
  const one = NUMBERS + at.length + get.length
  if (!at.endsWith('*')) return one
  const names = leaves.map(nameOf).filter((name) => name.length <= LONGEST_NAME)
  const lengths = names.map((name) => JSON.stringify(name).length).sort((a, b) => b - a)
  return one + lengths.slice(0, MOST_NAMED).reduce((sum, length) => sum + one + length, 0)
}

function notesOf({ at, get }: Part, leaves: readonly Leaf[]): Omitted[] {
  if (leaves.length === 0) return []
  const isNamed = at.endsWith('*') && leaves.length <= MOST_NAMED
  const named = isNamed ? leaves.filter((leaf) => nameOf(leaf).length <= LONGEST_NAME) : []
  const rest = leaves.filter((leaf) => !named.includes(leaf))
  const counted = rest.length > 0 ? [summed(at, get, rest)] : []
  return [
    ...named.map((leaf) => ({ part: at.slice(0, -1) + nameOf(leaf), tokens: textTokens(leaf.length), get })),
    ...counted,
  ]
}

function summed(at: string, get: string, leaves: readonly Leaf[]): Omitted {
  const isOne = !at.includes('[]') && !at.endsWith('*')
  const items = isOne ? leaves[0]?.items : leaves.length
  return {
    part: at.endsWith('[]') ? at.slice(0, -2) : at,
    ...(items !== undefined && { items }),
    tokens: textTokens(leaves.reduce((sum, { length }) => sum + length, 0)),
    get,
  }
}
