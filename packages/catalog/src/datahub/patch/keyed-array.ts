import { type Mutable, type MutableObject, PatchError } from './json-patch.js'

/** Separates the members of a key that lies deeper in an element: `attribution␟source`. */
const NESTED = '␟'

/**
 * A list of an aspect that patches address by keys instead of places: while a patch is applied it
 * is an object of objects, one level for each key field, with the elements as its leaves. A list
 * of plain texts has no key fields; each text is its own key.
 */
export interface KeyedArray {
  /** Members from the aspect, or from the element around it, to the list. */
  readonly path: readonly string[]
  readonly keys: readonly string[]
  /** Lists inside each element that are addressed by keys, too. */
  readonly within?: readonly KeyedArray[]
}

/** Turns the lists into objects by key, in place. A list that is absent stays absent. */
export function toKeyed(parent: MutableObject, arrays: readonly KeyedArray[]): void {
  for (const { path, keys, within = [] } of arrays) {
    const holder = holderOf(parent, path)
    const name = path.at(-1) as string
    const items = holder?.[name]
    if (!holder || !Array.isArray(items)) continue
    for (const item of items) if (isObject(item)) toKeyed(item, within)
    holder[name] = keyed(items, keys)
  }
}

/** Turns objects by key back into lists, in place; a list that a patch put there whole stays as it is. */
export function fromKeyed(parent: MutableObject, arrays: readonly KeyedArray[]): void {
  for (const { path, keys, within = [] } of arrays) {
    const holder = holderOf(parent, path)
    const name = path.at(-1) as string
    const node = holder?.[name]
    if (!holder || node === undefined || node === null || Array.isArray(node)) continue
    if (!isObject(node)) throw new PatchError(`${path.join('.')} must be a list`)
    const items = keys.length === 0 ? Object.values(node) : elements(node, keys, keys)
    for (const item of items) if (isObject(item)) fromKeyed(item, within)
    holder[name] = items
  }
}

function holderOf(parent: MutableObject, path: readonly string[]): MutableObject | undefined {
  let holder: Mutable | undefined = parent
  for (const member of path.slice(0, -1)) holder = isObject(holder) ? holder[member] : undefined
  return isObject(holder) ? holder : undefined
}

// Without a prototype: keys come from data, and `__proto__` is a key like any other there.
function emptyMap(): MutableObject {
  return Object.create(null) as MutableObject
}

function keyed(items: readonly Mutable[], keys: readonly string[]): MutableObject {
  const map = emptyMap()
  for (const item of items) {
    const path = keys.length === 0 ? [String(item)] : keys.map((key) => keyIn(item, key))
    let node = map
    for (const key of path.slice(0, -1)) {
      node[key] ??= emptyMap()
      node = node[key] as MutableObject
    }
    const last = path.at(-1) as string
    const there = node[last]
    // Elements of one key are kept, as a list at their leaf.
    node[last] = there === undefined || keys.length === 0 ? item : [...[there].flat(), item]
  }
  return map
}

function keyIn(item: Mutable, field: string): string {
  let value: Mutable | undefined = item
  for (const member of field.split(NESTED)) value = isObject(value) ? value[member] : undefined
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

/** The leaves below a node, each with the keys that only its path had. */
function elements(node: Mutable, keys: readonly string[], all: readonly string[]): Mutable[] {
  if (Array.isArray(node)) return node
  if (!isObject(node))
    throw new PatchError('an element of a list that is addressed by keys must be an object')
  if (keys.length === 0 || (keys.length < all.length && isElement(node, all))) return [node]
  const [field, ...rest] = keys as [string, ...string[]]
  return Object.entries(node).flatMap(([key, child]) =>
    elements(child, rest, all).map((element) => withKey(element, field, key)),
  )
}

/** Clients that know fewer keys put an element where another level of keys would be. */
function isElement(node: MutableObject, keys: readonly string[]): boolean {
  return keys.some((key) => !key.includes(NESTED) && typeof node[key] === 'string')
}

function withKey(element: Mutable, field: string, key: string): Mutable {
  if (!isObject(element) || key === '' || field.includes(NESTED) || element[field] !== undefined)
    return element
  return { ...element, [field]: key }
}

function isObject(value: Mutable | undefined): value is MutableObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
