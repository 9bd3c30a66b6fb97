import type { CheckedQuery } from '@groundplane/lang'
import type { Effect, EntityData, Json, Row } from '../api.js'
import { setMember } from '../compile/read-query.js'
import { GraphError, violationError } from '../error.js'
import type { BoundEdge, BoundType } from '../storage/bound-schema.js'
import { type Changeset, endpointMissing } from './changeset.js'
import type { StoredRow } from './type-writer.js'

export interface NodeValue {
  readonly id: string
  readonly data: Record<string, Json>
}

export interface EdgeValue extends NodeValue {
  readonly from: string
  readonly to: string
}

/**
 * Reads and changes inside one commit. Reads see the changes made before them.
 * Only valid until the body returns. Value violations throw at once; unique and
 * cardinality are judged when the body has returned.
 */
export interface Transaction {
  node(type: string, id: string): NodeValue | null
  nodes(type: string): Iterable<NodeValue>
  /** A full image: an absent nullable property becomes null. */
  upsertNode(type: string, data: EntityData): { id: string; effect: Effect }
  /** Changes the given properties only. Throws `node_not_found`. */
  patchNode(type: string, id: string, data: EntityData): { id: string; effect: Effect }
  /** Deletes the node and its edges; false when there was none. */
  deleteNode(type: string, id: string): boolean
  edge(type: string, id: string): EdgeValue | null
  edges(type: string): Iterable<EdgeValue>
  edgesFrom(type: string, fromId: string): EdgeValue[]
  edgesTo(type: string, toId: string): EdgeValue[]
  insertEdge(type: string, fromId: string, toId: string, data?: EntityData): { id: string }
  /** Changes the given properties only. Throws `edge_not_found`. */
  updateEdge(type: string, id: string, data: EntityData): Effect
  deleteEdge(type: string, id: string): boolean
  /** Makes exactly these edges leave `fromId`; an edge that is already right is not touched. */
  setEdges(
    type: string,
    fromId: string,
    targets: readonly { readonly to: string; readonly data?: EntityData }[],
  ): { inserted: number; updated: number; deleted: number }
  /** Rows of a read query over the state so far. */
  all(query: CheckedQuery, params?: Readonly<Record<string, unknown>>): Row[]
}

const PAGE = 500

export class ChangesetTransaction implements Transaction {
  readonly #changes: Changeset
  readonly #run: (query: CheckedQuery, params: Readonly<Record<string, unknown>>) => Row[]
  #open = true

  constructor(
    changes: Changeset,
    run: (query: CheckedQuery, params: Readonly<Record<string, unknown>>) => Row[],
  ) {
    this.#changes = changes
    this.#run = run
  }

  close(): void {
    this.#open = false
  }

  #use(): Changeset {
    if (!this.#open) {
      throw new GraphError('conflict', 'transaction_closed', 'The transaction has ended.', {
        remedy: 'Do all work inside the body of transact; it may not be asynchronous.',
      })
    }
    return this.#changes
  }

  node(typeName: string, id: string): NodeValue | null {
    const type = this.#use().nodeType(typeName)
    const row = this.#changes.lookUp(type, id)
    return row && { id: row.id, data: decodeData(type, row) }
  }

  *nodes(typeName: string): Iterable<NodeValue> {
    const type = this.#use().nodeType(typeName)
    for (const row of this.#rows(type)) yield { id: row.id, data: decodeData(type, row) }
  }

  *#rows(type: BoundType): Iterable<StoredRow> {
    for (let after = 0; ; ) {
      const rows = this.#use().writer(type).page(after, null, [], PAGE)
      yield* rows
      if (rows.length < PAGE) return
      after = (rows[rows.length - 1] as StoredRow).vid
    }
  }

  upsertNode(typeName: string, data: EntityData): { id: string; effect: Effect } {
    const changes = this.#use()
    const { id, effect } = changes.putNode(changes.nodeType(typeName), data, false)
    return { id, effect }
  }

  patchNode(typeName: string, id: string, data: EntityData): { id: string; effect: Effect } {
    const changes = this.#use()
    const type = changes.nodeType(typeName)
    return { id, effect: changes.patch(type, this.#existing(type, id), data) }
  }

  deleteNode(typeName: string, id: string): boolean {
    const changes = this.#use()
    const type = changes.nodeType(typeName)
    const row = changes.writer(type).byId(id)
    if (row) changes.deleteNode(type, row)
    return row !== null
  }

  edge(typeName: string, id: string): EdgeValue | null {
    const type = this.#use().edgeType(typeName)
    const row = this.#changes.writer(type).byId(id)
    return row && this.#edgeValue(type, row)
  }

  *edges(typeName: string): Iterable<EdgeValue> {
    const type = this.#use().edgeType(typeName)
    for (const row of this.#rows(type)) yield this.#edgeValue(type, row)
  }

  edgesFrom(typeName: string, fromId: string): EdgeValue[] {
    return this.#incident(typeName, 'src', fromId)
  }

  edgesTo(typeName: string, toId: string): EdgeValue[] {
    return this.#incident(typeName, 'dst', toId)
  }

  #incident(typeName: string, end: 'src' | 'dst', nodeId: string): EdgeValue[] {
    const type = this.#use().edgeType(typeName)
    const node = this.#changes.writer(end === 'src' ? type.from : type.to).byId(nodeId)
    if (!node) return []
    const rows = this.#changes.writer(type).incident(end, node.eid)
    return rows.map((row) => this.#edgeValue(type, row))
  }

  insertEdge(typeName: string, fromId: string, toId: string, data: EntityData = {}): { id: string } {
    const changes = this.#use()
    const type = changes.edgeType(typeName)
    const src = changes.endpoint(type.from, fromId, type, 'from')
    const dst = changes.endpoint(type.to, toId, type, 'to')
    return { id: changes.insertEdge(type, src, dst, data).id }
  }

  updateEdge(typeName: string, id: string, data: EntityData): Effect {
    const changes = this.#use()
    const type = changes.edgeType(typeName)
    return changes.patch(type, this.#existing(type, id), data)
  }

  deleteEdge(typeName: string, id: string): boolean {
    const changes = this.#use()
    const type = changes.edgeType(typeName)
    const row = changes.writer(type).byId(id)
    if (row) changes.delete(type, row)
    return row !== null
  }

  setEdges(
    typeName: string,
    fromId: string,
    targets: readonly { readonly to: string; readonly data?: EntityData }[],
  ): { inserted: number; updated: number; deleted: number } {
    const changes = this.#use()
    const type = changes.edgeType(typeName)
    const src = changes.endpoint(type.from, fromId, type, 'from')
    const left = groupByTarget(changes.writer(type).incident('src', src))
    const result = { inserted: 0, updated: 0, deleted: 0 }
    for (const target of targets) {
      const node = changes.writer(type.to).byId(target.to)
      if (!node) throw violationError([endpointMissing(type.to, target.to, type, 'to')])
      const current = left.get(node.eid)?.shift()
      if (!current) {
        changes.insertEdge(type, src, node.eid, target.data ?? {})
        result.inserted++
      } else if (changes.patch(type, current, fullImage(type, target.data ?? {})) === 'updated')
        result.updated++
    }
    for (const row of [...left.values()].flat()) {
      changes.delete(type, row)
      result.deleted++
    }
    return result
  }

  all(query: CheckedQuery, params: Readonly<Record<string, unknown>> = {}): Row[] {
    this.#use()
    return this.#run(query, params)
  }

  #existing(type: BoundType, id: string): StoredRow {
    const row = this.#changes.writer(type).byId(id)
    if (row) return row
    const isNode = type.kind === 'node'
    throw new GraphError(
      'not-found',
      isNode ? 'node_not_found' : 'edge_not_found',
      `There is no ${type.name} ${JSON.stringify(id)}.`,
      {
        remedy: `Insert it first, or correct the id.`,
      },
    )
  }

  #edgeValue(type: BoundEdge, row: StoredRow): EdgeValue {
    const from = this.#changes.writer(type.from).idOf(row.src)
    const to = this.#changes.writer(type.to).idOf(row.dst)
    return { id: row.id, from, to, data: decodeData(type, row) }
  }
}

/** Edges by target; among parallel ones the first stands for the first asked for. */
function groupByTarget(rows: readonly StoredRow[]): Map<number, StoredRow[]> {
  const groups = new Map<number, StoredRow[]>()
  for (const row of rows) {
    const group = groups.get(row.dst)
    if (group) group.push(row)
    else groups.set(row.dst, [row])
  }
  return groups
}

function fullImage(type: BoundType, data: EntityData): EntityData {
  const image: Record<string, Json | undefined> = { ...data }
  for (const property of type.properties) {
    if (!Object.hasOwn(image, property.name)) setMember(image as Record<string, Json>, property.name, null)
  }
  return image
}

export function decodeData(type: BoundType, row: StoredRow): Record<string, Json> {
  const data: Record<string, Json> = {}
  type.properties.forEach((property, i) => {
    setMember(data, property.name, property.codec.decode(row.values[i] ?? null))
  })
  return data
}
