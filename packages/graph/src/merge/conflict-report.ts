import type { Diagnostic } from '@groundplane/core'
import type { Row } from '../api.js'
import { setMember } from '../compile/read-query.js'
import { quoteIdent } from '../compile/sql.js'
import { GraphError } from '../error.js'
import type { BoundEdge, BoundNode, BoundType } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'
import { COLD, HOT } from '../storage/view.js'
import type { SqlValue } from '../value/codec.js'
import { type EntityConflict, type Image, type MergedImage, sameImage, UNSETTLED } from './image.js'
import { type ConflictKind, MAX_CONFLICTS, type MergeConflict } from './merge-result.js'

/** Collects the conflicts of one merge; names the branches as the caller does. */
export class ConflictReport {
  readonly conflicts: MergeConflict[] = []
  total = 0
  readonly #db: Db
  readonly #source: string
  readonly #target: string
  readonly #entities = new Set<string>()

  constructor(db: Db, source: string, target: string) {
    this.#db = db
    this.#source = source
    this.#target = target
  }

  add(conflict: MergeConflict): void {
    this.total++
    if (conflict.id !== null) this.#entities.add(`${conflict.entityKind}:${conflict.type}:${conflict.id}`)
    if (this.conflicts.length < MAX_CONFLICTS) this.conflicts.push(conflict)
  }

  has(type: BoundType, id: string): boolean {
    return this.#entities.has(`${type.kind}:${type.name}:${id}`)
  }

  /** Both sides changed one entity. */
  entity(type: BoundType, id: string, merged: MergedImage, base: Image, target: Image, source: Image): void {
    const kind = merged.conflict as EntityConflict
    const places = kind === 'delete-vs-update' ? changedPlaces(type, base, target ?? source) : merged.places
    const properties = places.map((place) => placeName(type, place))
    this.add({
      kind,
      entityKind: type.kind,
      type: type.name,
      id,
      properties,
      message: this.#message(kind, `${type.name} ${JSON.stringify(id)}`, properties, target === null),
      remedy: `Change one side so that both agree, then merge again.`,
      base: this.#row(type, id, base),
      target: this.#row(type, id, target),
      source: this.#row(type, id, source),
    })
  }

  #message(kind: EntityConflict, what: string, properties: readonly string[], goneOnTarget: boolean): string {
    const [source, target] = [this.#source, this.#target]
    switch (kind) {
      case 'divergent-insert':
        return `${what} was inserted on ${source} and on ${target} with different ${properties.join(', ')}.`
      case 'divergent-update':
        return `${what} was changed on ${source} and on ${target}: different ${properties.join(', ')}.`
      case 'delete-vs-update': {
        const [gone, changed] = goneOnTarget ? [target, source] : [source, target]
        return `${what} was deleted on ${gone} and changed on ${changed}.`
      }
    }
  }

  orphan(edge: BoundEdge, id: string, end: 'from' | 'to', nodeId: string, goneOn: 'source' | 'target'): void {
    const node = end === 'from' ? edge.from : edge.to
    const [gone, kept] = goneOn === 'source' ? [this.#source, this.#target] : [this.#target, this.#source]
    this.add({
      kind: 'orphan-edge',
      entityKind: 'edge',
      type: edge.name,
      id,
      properties: [end],
      message: `${edge.name} ${JSON.stringify(id)} of ${kept} needs ${node.name} ${JSON.stringify(nodeId)}, which ${gone} deleted.`,
      remedy: `Delete the edge on ${kept}, or insert the ${node.name} again on ${gone}; then merge again.`,
    })
  }

  droppedType(kind: 'node' | 'edge', type: string, id: string): void {
    this.add({
      kind: 'value-violation',
      entityKind: kind,
      type,
      id,
      properties: [],
      message: `${type} ${JSON.stringify(id)} was changed on ${this.#source}, but the schema of ${this.#target} has no ${type} any more.`,
      remedy: `Undo the change on ${this.#source}, or bring the type back.`,
    })
  }

  /** A rule of the schema that only both sides together break. */
  violation(found: Diagnostic, type: BoundType | undefined, id?: string): void {
    const details = (found.details ?? {}) as { type?: string; id?: string }
    const [typeName = '', property] = (found.path ?? '').split('.')
    this.add({
      kind: KIND_OF[found.code] ?? 'value-violation',
      entityKind: type?.kind ?? 'node',
      type: type?.name ?? details.type ?? typeName,
      id: id ?? details.id ?? null,
      properties: property === undefined ? [] : property.split('+'),
      message: found.message,
      remedy: found.remedy ?? 'Change one side so that the schema holds, then merge again.',
    })
  }

  error(): GraphError {
    const first = this.conflicts[0]
    const more = this.total > 1 ? ` (and ${this.total - 1} more)` : ''
    return new GraphError(
      'conflict',
      'merge_conflict',
      `${this.#source} cannot be merged into ${this.#target}: ${first?.message ?? ''}${more}`,
      {
        remedy: first?.remedy ?? 'Change one side so that both agree, then merge again.',
        details: {
          total: this.total,
          conflicts: this.conflicts,
          source: this.#source,
          target: this.#target,
        },
      },
    )
  }

  #row(type: BoundType, id: string, image: Image): Row | null {
    if (image === null || image === UNSETTLED) return null
    const row: Row = { id }
    if (type.kind === 'edge') {
      if (image.src !== UNSETTLED) row.from = nodeIdOf(this.#db, type.from, image.src)
      if (image.dst !== UNSETTLED) row.to = nodeIdOf(this.#db, type.to, image.dst)
    }
    type.properties.forEach((property, i) => {
      const value = image.values[i]
      if (value !== UNSETTLED)
        setMember(row, property.name, property.codec.decode((value ?? null) as SqlValue))
    })
    return row
  }
}

const KIND_OF: Readonly<Record<string, ConflictKind>> = {
  unique_violation: 'unique-violation',
  cardinality_violation: 'cardinality-violation',
}

/** Where the surviving side moved away from the base. */
function changedPlaces(type: BoundType, base: Image, survivor: Image): number[] {
  if (base === null || base === UNSETTLED || survivor === null || survivor === UNSETTLED) return []
  const at = (image: typeof base, place: number) =>
    place === -2 ? image.src : place === -1 ? image.dst : image.values[place]
  const places = [...(type.kind === 'edge' ? [-2, -1] : []), ...type.properties.keys()]
  const one = (value: unknown) => ({ src: 0, dst: 0, values: [value as SqlValue] })
  return places.filter((place) => !sameImage(one(at(base, place)), one(at(survivor, place))))
}

function placeName(type: BoundType, place: number): string {
  if (place === -2) return 'from'
  if (place === -1) return 'to'
  return type.properties[place]?.name ?? ''
}

/** An id never changes, so any version of the node tells it. */
export function nodeIdOf(db: Db, node: BoundNode, eid: number): string {
  const table = quoteIdent(node.table)
  const hot = prepared(db, `SELECT id FROM ${table} WHERE eid = ? AND ${HOT} LIMIT 1`, 'pluck').get(eid)
  return (hot ??
    prepared(db, `SELECT id FROM ${table} WHERE eid = ? AND (${COLD}) LIMIT 1`, 'pluck').get(eid)) as string
}
