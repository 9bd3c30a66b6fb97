import type { WritePredicate, WriteQuery, WriteStatement, WriteValue } from '@groundplane/lang'
import type { EntityData, Json } from '../api.js'
import { constantWith } from '../compile/operand.js'
import { setMember } from '../compile/read-query.js'
import type { Slot, SqlInput } from '../compile/sql.js'
import { vectorsToFill } from '../embedding/query-texts.js'
import { GraphError } from '../error.js'
import type { QueryParams } from '../query/prepared.js'
import { type EmbeddedTexts, embeddingKey } from '../search/search-run.js'
import type { BoundType } from '../storage/bound-schema.js'
import type { SqlValue } from '../value/codec.js'
import type { Changeset } from './changeset.js'
import { chosenId, chosenRows } from './chosen-rows.js'
import type { StoredRow } from './type-writer.js'

export interface Affected {
  nodes: number
  edges: number
}

/** Runs the statements in order; each sees those before. Inside an open write. */
export function runWriteQuery(
  query: WriteQuery,
  changes: Changeset,
  params: QueryParams,
  nowMs: number,
  embedded?: EmbeddedTexts,
): Affected {
  const known = new Set(query.params.map((p) => p.name))
  for (const name of Object.keys(params)) {
    if (!known.has(name)) {
      throw new GraphError('invalid', 'param_unknown', `The query has no parameter $${name}.`, {
        remedy: 'Remove it or correct its name.',
        details: { param: name },
      })
    }
  }
  const affected: Affected = { nodes: 0, edges: 0 }
  const run = new StatementRunner(changes, params, nowMs, affected, embedded)
  for (const statement of query.statements) run.run(statement)
  return affected
}

/** Of the values in checked queries, which are run again and again. */
const slots = new WeakMap<WriteValue, Slot>()

class StatementRunner {
  readonly #changes: Changeset
  readonly #params: QueryParams
  readonly #nowMs: number
  readonly #affected: Affected

  readonly #embedded: EmbeddedTexts | undefined

  constructor(
    changes: Changeset,
    params: QueryParams,
    nowMs: number,
    affected: Affected,
    embedded: EmbeddedTexts | undefined,
  ) {
    this.#embedded = embedded
    this.#changes = changes
    this.#params = params
    this.#nowMs = nowMs
    this.#affected = affected
  }

  run(statement: WriteStatement): void {
    switch (statement.kind) {
      case 'insert-node':
        this.#changes.putNode(this.#changes.nodeType(statement.type), this.#filled(statement), false)
        this.#affected.nodes++
        return
      case 'insert-edge':
        this.#insertEdge(statement)
        return
      case 'update':
        this.#update(statement)
        return
      case 'delete':
        this.#delete(statement)
        return
    }
  }

  #insertEdge(statement: Extract<WriteStatement, { kind: 'insert-edge' }>): void {
    const type = this.#changes.edgeType(statement.type)
    const src = this.#changes.endpoint(type.from, this.#id(statement.from), type, 'from')
    const dst = this.#changes.endpoint(type.to, this.#id(statement.to), type, 'to')
    this.#changes.insertEdge(type, src, dst, this.#data(statement.assignments))
    this.#affected.edges++
  }

  #update(statement: Extract<WriteStatement, { kind: 'update' }>): void {
    const type = this.#type(statement)
    const patch = this.#filled(statement)
    for (const row of this.#matching(type, statement.where)) {
      this.#changes.patch(type, row, patch)
      this.#count(type, 1)
    }
  }

  #delete(statement: Extract<WriteStatement, { kind: 'delete' }>): void {
    const type = this.#type(statement)
    for (const row of this.#matching(type, statement.where)) {
      if (type.kind === 'node') this.#affected.edges += this.#changes.deleteNode(type, row)
      else this.#changes.delete(type, row)
      this.#count(type, 1)
    }
  }

  #count(type: BoundType, n: number): void {
    if (type.kind === 'node') this.#affected.nodes += n
    else this.#affected.edges += n
  }

  #type(statement: { readonly entity: 'node' | 'edge'; readonly type: string }): BoundType {
    return statement.entity === 'node'
      ? this.#changes.nodeType(statement.type)
      : this.#changes.edgeType(statement.type)
  }

  #matching(type: BoundType, where: WritePredicate): Iterable<StoredRow> {
    const writer = this.#changes.writer(type)
    const slot = chosenId(type, where)
    if (slot === null) return this.#chosen(type, where)
    const id = this.#bind(slot)
    const row = typeof id === 'string' ? writer.byId(id) : null
    return row ? [row] : []
  }

  /** Found before any of them is written to, so that what the statement writes is not chosen again. */
  *#chosen(type: BoundType, where: WritePredicate): Iterable<StoredRow> {
    const rows = chosenRows(type, where, this.#changes.view)
    const slots = [...rows.beside.slots, ...rows.condition.slots]
    const writer = this.#changes.writer(type)
    const vids = writer.chosen(
      rows,
      slots.map((s) => this.#bind(s)),
    )
    for (const vid of vids) yield writer.byVid(vid) as StoredRow
  }

  #data(assignments: readonly { readonly property: string; readonly value: WriteValue }[]): EntityData {
    const data: Record<string, Json> = {}
    for (const { property, value } of assignments) setMember(data, property, this.#value(value) as Json)
    return data
  }

  /** With the vectors that were made of the texts it sets. */
  #filled(statement: Extract<WriteStatement, { kind: 'insert-node' | 'update' }>): EntityData {
    const data: Record<string, Json | undefined> = this.#data(statement.assignments)
    if (this.#embedded === undefined) return data
    for (const { embedded } of vectorsToFill(statement, this.#changes.schema.model)) {
      const text = data[embedded.source]
      const vector = this.#embedded.vectors[embeddingKey(embedded.dimensions, String(text))]
      if (typeof text !== 'string' || !vector) continue
      data[embedded.property] = vector
      this.#changes.recordFilled(embedded, this.#embedded.model)
    }
    return data
  }

  #value(value: WriteValue): unknown {
    let slot = slots.get(value)
    if (!slot) {
      slot = constantWith(value, (input) => input as SqlInput).slots[0] as Slot
      slots.set(value, slot)
    }
    return this.#bind(slot)
  }

  #bind(slot: Slot): SqlValue {
    switch (slot.kind) {
      case 'value':
        return slot.value
      case 'param':
        return slot.encode(Object.hasOwn(this.#params, slot.name) ? this.#params[slot.name] : undefined)
      case 'now':
        return slot.encode(this.#nowMs)
      case 'search':
        throw new Error('assertion failed: a write query does not search')
    }
  }

  #id(value: WriteValue): string {
    const id = this.#value(value)
    if (typeof id === 'string') return id
    if (typeof id === 'number' || typeof id === 'bigint' || typeof id === 'boolean') return String(id)
    throw new GraphError('invalid', 'endpoint_missing', 'An edge needs the ids of both its nodes.', {
      remedy: 'Give from and to.',
    })
  }
}
