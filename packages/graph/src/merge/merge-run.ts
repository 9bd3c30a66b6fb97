import type { Diagnostic } from '@groundplane/core'
import type { BoundEdge, BoundNode, BoundSchema, BoundType } from '../storage/bound-schema.js'
import type { SqlValue } from '../value/codec.js'
import type { Changeset } from '../write/changeset.js'
import { checkFinalState } from '../write/final-checks.js'
import { encodeRow } from '../write/row.js'
import { decodeData } from '../write/transaction.js'
import type { StoredRow } from '../write/type-writer.js'
import { type ConflictReport, nodeIdOf } from './conflict-report.js'
import { type EntityImage, mergeImages, sameImage } from './image.js'
import { MAX_PREVIEW, type MergedChange } from './merge-result.js'
import { misfits } from './recheck.js'
import type { State } from './state.js'
import type { Touched, TouchedEntities } from './touched.js'

export interface MergeInputs {
  /** Of the target, its write lock held; its schema is the merged one. */
  readonly changes: Changeset
  readonly touched: TouchedEntities
  readonly base: State
  readonly source: State
  readonly sourceSchema: BoundSchema
  /** The source as it is becomes the target: what held there holds here. */
  readonly fastForward: boolean
  /** The schema comes from the source: rows it never saw must satisfy it too. */
  readonly movesSchema: boolean
  readonly report: ConflictReport
  readonly preview: boolean
}

/**
 * Lays what the source changed since the base over the target, entity by
 * entity: only entities the source touched are looked at, so the cost is the
 * source's delta, whatever the size of the graph and of the target's own delta.
 */
export class MergeRun {
  /** Entities the source has otherwise than the base, merged or not. */
  differing = 0
  readonly preview: MergedChange[] = []
  readonly #in: MergeInputs
  readonly #edges: { readonly type: BoundEdge; readonly id: string; readonly image: EntityImage }[] = []
  readonly #gone: { readonly type: BoundNode; readonly eid: number; readonly id: string }[] = []

  constructor(inputs: MergeInputs) {
    this.#in = inputs
  }

  run(): void {
    const { touched, changes, sourceSchema } = this.#in
    for (const tid of touched.types()) {
      const type = changes.schema.byTid.get(tid)
      const before = sourceSchema.byTid.get(tid)
      for (const entity of touched.of(tid)) {
        if (type) this.#entity(type, entity)
        else if (before) this.#dropped(before, entity)
      }
    }
    if (this.#sameRules()) return
    this.#orphans()
    if (this.#in.movesSchema) {
      for (const { type, id, found } of misfits(changes)) this.#in.report.violation(found, type, id)
    } else {
      for (const found of checkFinalState(changes).violations) {
        // A count at a node that is gone: its edges are reported as orphans.
        const headless = (found.details as { id?: string | null }).id === null
        if (!headless) this.#in.report.violation(found, this.#typeOf(found))
      }
    }
  }

  /** Then what the source satisfied, the target satisfies. */
  #sameRules(): boolean {
    return this.#in.fastForward && !this.#in.movesSchema && this.#in.sourceSchema === this.#in.changes.schema
  }

  #typeOf(found: Diagnostic): BoundType | undefined {
    const name = (found.details as { type?: string } | undefined)?.type
    if (name === undefined) return undefined
    const { edges, nodes } = this.#in.changes.schema
    return found.code === 'cardinality_violation' ? edges.get(name) : (nodes.get(name) ?? edges.get(name))
  }

  #entity(type: BoundType, { eid, id }: Touched): void {
    const { changes, report } = this.#in
    const current = changes.writer(type).byId(id)
    const source = this.#in.source.image(type, id)
    const base = this.#in.fastForward ? current : this.#in.base.image(type, id)
    if (!sameImage(base, source)) this.differing++
    if (sameImage(current, source)) return
    const merged = mergeImages(base, current, source)
    if (merged.conflict) {
      report.entity(type, id, merged, base, current, source)
      return
    }
    if (sameImage(merged.image, current)) return
    const image = merged.image as EntityImage | null
    if (image && !this.#valid(type, id, image, merged.mixed)) return
    this.#settle(type, eid, id, current, image)
  }

  #settle(
    type: BoundType,
    eid: number,
    id: string,
    current: StoredRow | null,
    image: EntityImage | null,
  ): void {
    const { changes } = this.#in
    if (image) {
      const { src, dst, values } = image as { src: number; dst: number; values: SqlValue[] }
      changes.settle(type, current, { eid, id, src, dst, values })
      if (type.kind === 'edge') this.#edges.push({ type, id, image })
    } else if (current) {
      changes.delete(type, current)
      if (type.kind === 'node') this.#gone.push({ type, eid, id })
    }
    if (this.#in.preview && this.preview.length < MAX_PREVIEW) {
      const op = image === null ? 'deleted' : current === null ? 'inserted' : 'updated'
      this.preview.push({ kind: type.kind, type: type.name, id, op })
    }
  }

  /** Values that were checked under another schema, or never stood together, are checked as if written. */
  #valid(type: BoundType, id: string, image: EntityImage, mixed: boolean): boolean {
    if (this.#in.movesSchema) return true // judged with all other rows
    if (!mixed && this.#in.sourceSchema === this.#in.changes.schema) return true
    const found: Diagnostic[] = []
    const data = decodeData(type, image as unknown as StoredRow)
    encodeRow(type, data, this.#in.changes, found)
    for (const violation of found) this.#in.report.violation(violation, type, id)
    return found.length === 0
  }

  #dropped(type: BoundType, { id }: Touched): void {
    const same = sameImage(this.#in.base.image(type, id), this.#in.source.image(type, id))
    if (!same) this.#in.report.droppedType(type.kind, type.name, id)
  }

  #orphans(): void {
    const { changes, report } = this.#in
    const present = (type: BoundNode, eid: number) => changes.writer(type).byEid(eid) !== null
    for (const { type, id, image } of this.#edges) {
      const ends = [
        { end: 'from', node: type.from, eid: image.src as number },
        { end: 'to', node: type.to, eid: image.dst as number },
      ] as const
      const missing = ends.find(({ node, eid }) => !present(node, eid))
      if (missing)
        report.orphan(type, id, missing.end, nodeIdOf(changes.db, missing.node, missing.eid), 'target')
    }
    for (const { type, eid, id } of this.#gone) this.#left(type, eid, id)
  }

  /** Edges of the target at a node that the source deleted. */
  #left(type: BoundNode, eid: number, nodeId: string): void {
    const { changes, report } = this.#in
    for (const { edge, end } of type.incident) {
      for (const row of changes.writer(edge).incident(end, eid)) {
        if (report.has(edge, row.id)) continue
        report.orphan(edge, row.id, end === 'src' ? 'from' : 'to', nodeId, 'source')
      }
    }
  }
}
