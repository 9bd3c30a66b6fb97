import { assert } from '@groundplane/core'
import type { EdgeValue, Transaction } from '@groundplane/graph'
import type { EntityIdentity } from '../model/entity-type.js'
import { NamedEntities } from '../model/named-entities.js'
import type { EdgeTarget, Effect, Patch } from './effect.js'
import { ShapeError } from './shape.js'

interface PendingNode {
  readonly identity: EntityIdentity
  /** Null until there is one. The first is its effect's own, never to be changed. */
  patch: Patch | null
  described: boolean
}

interface PendingEdges {
  readonly edge: string
  readonly side: 'from' | 'to'
  readonly anchor: string
  readonly statedBy: string
  targets: readonly EdgeTarget[]
}

/**
 * Collects the effects of one batch and writes each touched node and each set of
 * edges once, at the end: nodes first, so that every edge finds both its ends.
 */
export class ProjectionWriter {
  readonly #tx: Transaction
  readonly #entities: NamedEntities
  readonly #nodes = new Map<string, PendingNode>()
  readonly #edges = new Map<string, PendingEdges>()
  readonly #inserted: { readonly urn: string; readonly identity: EntityIdentity }[] = []
  readonly #new = new Set<string>()
  readonly #rows: { type: string; data: Patch }[] = []
  /** Datasets seen for the first time, for the casing report. */
  readonly insertedDatasets: { urn: string; normalKey: string }[] = []

  /** `entities`: of the batch that the effects are of. */
  constructor(tx: Transaction, entities = new NamedEntities()) {
    this.#tx = tx
    this.#entities = entities
  }

  /** Throws `ShapeError` when an effect names an entity that cannot exist; nothing is collected then. */
  check(effects: readonly Effect[]): void {
    for (const effect of effects) for (const urn of namedIn(effect)) this.#identity(urn)
  }

  /** Which of these types an entity and the effects of its aspect would be written as; undefined for none of them. */
  oneOf(types: ReadonlySet<string>, urn: string, effects: readonly Effect[]): string | undefined {
    for (const edge of effects.flatMap((effect) => (effect.op === 'edges' ? [effect.edge] : [])))
      if (types.has(edge)) return edge
    return [urn, ...effects.flatMap(namedIn)]
      .map((named) => this.#identity(named)?.type)
      .find((type) => type !== undefined && types.has(type))
  }

  #identity(urn: string): EntityIdentity | undefined {
    const identity = this.#entities.identity(urn)
    if (typeof identity === 'string') throw new ShapeError(`"${urn}" cannot be projected: ${identity}`)
    return identity
  }

  /** The entity has an aspect of its own in this batch. */
  describe(urn: string): void {
    const node = this.#pending(urn)
    if (node) node.described = true
  }

  apply(effects: readonly Effect[], statedBy: string): void {
    for (const effect of effects) this.#apply(effect, statedBy)
  }

  #apply(effect: Effect, statedBy: string): void {
    switch (effect.op) {
      case 'node':
        this.#patch(effect.urn, effect.patch, true)
        return
      case 'edges':
        this.#setEdges(effect.edge, effect.side, effect.anchor, statedBy, effect.targets)
        return
      case 'schema':
        this.#setEdges(
          'HasField',
          'from',
          effect.dataset,
          statedBy,
          effect.fields.map((urn) => ({ urn })),
        )
        return
      case 'row':
        this.#rows.push(effect)
        return
      case 'newest': {
        if (!this.#isNewest(effect.urn, effect.atProperty, effect.at)) return
        this.#patch(effect.urn, effect.patch, true)
        for (const other of effect.also ?? []) this.#patch(other.urn, other.patch, false)
      }
    }
  }

  /** Takes back what an aspect stated: values become what the URN alone says, its edges and fields go. */
  retract(effects: readonly Effect[], statedBy: string): void {
    for (const effect of effects) {
      switch (effect.op) {
        case 'node':
          this.#clear(effect.urn, effect.patch)
          break
        case 'edges':
          this.#setEdges(effect.edge, effect.side, effect.anchor, statedBy, [])
          break
        case 'schema':
          this.#setEdges('HasField', 'from', effect.dataset, statedBy, [])
          break
        case 'newest':
          this.#clear(effect.urn, effect.patch)
          for (const other of effect.also ?? []) this.#clear(other.urn, other.patch)
          break
        case 'row':
          break
      }
    }
  }

  #clear(urn: string, patch: Patch): void {
    const identity = this.#identity(urn)
    if (!identity || !this.#tx.node(identity.type, urn)) return
    const node = this.#pending(urn) as PendingNode
    const { data } = identity
    const cleared: Record<string, Patch[string]> = {}
    for (const property of Object.keys(patch))
      cleared[property] = property === 'removed' ? false : (data[property] ?? null)
    patchPending(node, cleared)
  }

  #isNewest(urn: string, property: string, at: number | string): boolean {
    const node = this.#pending(urn)
    if (!node) return false
    const known = node.patch?.[property] ?? this.#tx.node(node.identity.type, urn)?.data[property]
    if (known === undefined || known === null) return true
    return typeof at === 'number' ? Number(known) <= at : String(known) <= at
  }

  #patch(urn: string, patch: Patch, described: boolean): void {
    const node = this.#pending(urn)
    if (!node) return
    patchPending(node, patch)
    node.described ||= described
  }

  #setEdges(
    edge: string,
    side: 'from' | 'to',
    anchor: string,
    statedBy: string,
    targets: readonly EdgeTarget[],
  ): void {
    this.#pending(anchor)
    for (const t of targets) this.#pending(t.urn)
    // No name of an edge or an aspect has a space.
    this.#edges.set(`${edge} ${side} ${statedBy} ${anchor}`, { edge, side, anchor, statedBy, targets })
  }

  /** Undefined for kinds that have no node type. A mention brings what it cannot be without. */
  #pending(urn: string): PendingNode | undefined {
    const known = this.#nodes.get(urn)
    if (known) return known
    const identity = this.#identity(urn)
    if (!identity) return undefined
    const node: PendingNode = { identity, patch: null, described: false }
    this.#nodes.set(urn, node)
    const { platform, dataset } = identity.data
    if (typeof platform === 'string') this.#pending(platform)
    if (identity.type === 'Field' && typeof dataset === 'string') this.#pending(dataset)
    return node
  }

  /** Writes everything collected. Call once. */
  flush(): void {
    for (const [urn, node] of this.#nodes) this.#writeNode(urn, node)
    for (const { urn, identity } of this.#inserted) this.#linkToPlatform(urn, identity)
    for (const { type, data } of this.#rows) this.#tx.upsertNode(type, data)
    const gone: string[] = []
    for (const edges of this.#edges.values()) {
      const removed = this.#writeEdges(edges)
      if (edges.edge === 'HasField') gone.push(...removed)
    }
    for (const field of gone) this.#retireField(field)
  }

  #writeNode(urn: string, { identity, patch, described }: PendingNode): void {
    const existing = this.#tx.node(identity.type, urn)
    if (existing) {
      const change = described ? { ...patch, described: true } : patch
      if (change !== null) this.#tx.patchNode(identity.type, urn, change)
      return
    }
    this.#tx.upsertNode(identity.type, { ...identity.data, described, removed: false, ...patch })
    this.#inserted.push({ urn, identity })
    this.#new.add(urn)
  }

  /** What follows from a URN alone: the platform of a dataset and of an instance. */
  #linkToPlatform(urn: string, { type, data }: EntityIdentity): void {
    const { platform, normalKey } = data
    if (type !== 'Dataset' && type !== 'PlatformInstance') return
    assert(typeof platform === 'string', `a ${type} has a platform`)
    this.#tx.insertEdge(type === 'Dataset' ? 'OnPlatform' : 'InstanceOf', urn, platform)
    if (typeof normalKey === 'string') this.insertedDatasets.push({ urn, normalKey })
  }

  /** Makes exactly the targets hold among the edges this aspect states; answers the ends that lost theirs. */
  #writeEdges({ edge, side, anchor, statedBy, targets }: PendingEdges): string[] {
    const mine = new Map<string, string>()
    for (const e of this.#stored(edge, side, anchor))
      if (e.data['statedBy'] === statedBy) mine.set(side === 'from' ? e.to : e.from, e.id)
    const stated = { statedBy }
    for (const { urn, data } of targets) {
      const id = mine.get(urn)
      mine.delete(urn)
      if (id === undefined) {
        const full = data ? { statedBy, ...data } : stated
        if (side === 'from') this.#tx.insertEdge(edge, anchor, urn, full)
        else this.#tx.insertEdge(edge, urn, anchor, full)
      } else if (data) this.#tx.updateEdge(edge, id, { statedBy, ...data })
    }
    for (const id of mine.values()) this.#tx.deleteEdge(edge, id)
    return [...mine.keys()]
  }

  /** A node that was not there before this batch has no edges of before. */
  #stored(edge: string, side: 'from' | 'to', anchor: string): readonly EdgeValue[] {
    if (this.#new.has(anchor)) return []
    return side === 'from' ? this.#tx.edgesFrom(edge, anchor) : this.#tx.edgesTo(edge, anchor)
  }

  /**
   * A column that left its schema goes, unless lineage, an assertion, a label or a profile of others still
   * speaks of it: then it is a mere mention, as if the schema had never named it.
   */
  #retireField(urn: string): void {
    const spokenOf =
      this.#tx.edgesFrom('FieldUpstreamOf', urn).length > 0 ||
      this.#tx.edgesTo('FieldUpstreamOf', urn).length > 0 ||
      this.#tx.edgesTo('AssertsField', urn).length > 0 ||
      this.#tx.edgesFrom('FieldTaggedWith', urn).length > 0 ||
      this.#tx.edgesFrom('FieldTermedWith', urn).length > 0 ||
      this.#tx.edgesTo('ForeignKey', urn).length > 0 ||
      this.#isMeasured(urn)
    if (spokenOf) this.#tx.patchNode('Field', urn, MERE_MENTION)
    else this.#tx.deleteNode('Field', urn)
  }

  #isMeasured(urn: string): boolean {
    const { nullCount, uniqueCount } = this.#tx.node('Field', urn)?.data ?? {}
    return (nullCount ?? uniqueCount ?? null) !== null
  }
}

/** What a schema says of a column, taken back. */
const MERE_MENTION: Patch = {
  described: false,
  position: null,
  nativeType: null,
  logicalType: null,
  nullable: null,
  partOfKey: null,
  description: null,
  label: null,
}

/** Later values over earlier ones. */
function patchPending(node: PendingNode, patch: Patch): void {
  node.patch = node.patch === null ? patch : { ...node.patch, ...patch }
}

/** URNs of the entities that an effect is about. */
function namedIn(effect: Effect): readonly string[] {
  switch (effect.op) {
    case 'node':
      return [effect.urn]
    case 'edges':
      return [effect.anchor, ...effect.targets.map(({ urn }) => urn)]
    case 'schema':
      return [effect.dataset, ...effect.fields]
    case 'newest':
      return [effect.urn, ...(effect.also ?? []).map(({ urn }) => urn)]
    case 'row':
      return []
  }
}
