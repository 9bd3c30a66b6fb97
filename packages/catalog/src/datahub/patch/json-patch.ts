import type { Json } from '../../aspect/proposal.js'

/** A patch that is not one, or that does not fit what it is applied to. Caught per proposal. */
export class PatchError extends Error {}

/** A JSON object that is being changed in place. */
export type MutableObject = { [key: string]: Mutable }
export type Mutable = string | number | boolean | null | Mutable[] | MutableObject

export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace'
  /** Decoded segments of the JSON Pointer. */
  readonly path: readonly string[]
  readonly value: Json | undefined
}

/** Reads operations of RFC 6902, those that DataHub's clients send: `add`, `remove`, `replace`. Throws `PatchError`. */
export function readOperations(list: unknown): PatchOperation[] {
  if (!Array.isArray(list)) throw new PatchError('a patch is a list of operations')
  return list.map(readOperation)
}

function readOperation(entry: unknown, index: number): PatchOperation {
  const { op, path, value } = (entry ?? {}) as { op?: unknown; path?: unknown; value?: Json }
  const kind = typeof op === 'string' ? op.toLowerCase() : op
  if (kind !== 'add' && kind !== 'remove' && kind !== 'replace')
    throw new PatchError(`operation ${index}: op must be add, remove or replace, not ${JSON.stringify(op)}`)
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw new PatchError(`operation ${index}: path must be a JSON Pointer, like /tags/urn:li:tag:pii`)
  if (kind !== 'remove' && value === undefined)
    throw new PatchError(`operation ${index}: ${kind} needs a value`)
  const segments = path
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (segments.includes('__proto__')) throw new PatchError(`operation ${index}: path names __proto__`)
  return { op: kind, path: segments, value }
}

/**
 * Applies operations to a document, in place and in order. As in DataHub, and unlike RFC 6902,
 * `add` and `replace` make the objects their path goes through, and `remove` of what is not there is none.
 */
export function applyOperations(document: MutableObject, operations: readonly PatchOperation[]): void {
  for (const { op, path, value } of operations) {
    const parent = parentOf(document, path, op !== 'remove')
    if (parent === undefined) continue
    const last = path.at(-1) as string
    if (Array.isArray(parent)) changeItem(parent, op, last, path, value)
    else if (op === 'remove') delete parent[last]
    else parent[last] = structuredClone(value) as Mutable
  }
}

function parentOf(
  document: MutableObject,
  path: readonly string[],
  make: boolean,
): Mutable[] | MutableObject | undefined {
  let node: Mutable[] | MutableObject = document
  for (const segment of path.slice(0, -1)) {
    let next: Mutable | undefined
    if (Array.isArray(node)) next = node[indexIn(node, segment, path)]
    else next = Object.hasOwn(node, segment) ? node[segment] : undefined
    if (next === undefined || next === null) {
      if (!make) return undefined
      if (Array.isArray(node))
        throw new PatchError(`/${path.join('/')} goes through place "${segment}", where the list has nothing`)
      next = {}
      node[segment] = next
    }
    if (typeof next !== 'object')
      throw new PatchError(`/${path.join('/')} goes through "${segment}", which is no object`)
    node = next
  }
  return node
}

function changeItem(
  items: Mutable[],
  op: PatchOperation['op'],
  segment: string,
  path: readonly string[],
  value: Json | undefined,
): void {
  if (op === 'add' && segment === '-') {
    items.push(structuredClone(value) as Mutable)
    return
  }
  const index = indexIn(items, segment, path)
  if (op === 'replace' && index === items.length)
    throw new PatchError(`/${path.join('/')}: there is nothing at "${segment}" to replace`)
  if (op === 'remove') items.splice(index, 1)
  else items.splice(index, op === 'add' ? 0 : 1, structuredClone(value) as Mutable)
}

function indexIn(items: readonly Mutable[], segment: string, path: readonly string[]): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : -1
  if (index >= 0 && index <= items.length) return index
  throw new PatchError(`/${path.join('/')}: "${segment}" is no place in a list of ${items.length}`)
}
