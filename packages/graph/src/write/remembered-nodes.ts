import type { BoundNode, BoundType } from '../storage/bound-schema.js'

/** Nodes remembered of one type, about 250 bytes each; beyond it is begun anew. */
const MAX_REMEMBERED = 50_000

/**
 * What one write knows of nodes without asking the file: those it has seen, and the one it has just
 * looked for in vain. A load names the same ends again and again, and a put follows a look. The write is
 * alone in the file, so this holds as long as it tells each change here.
 */
export class RememberedNodes {
  /** Numbers of visible nodes by type and id. */
  readonly #visible = new Map<number, Map<string, number>>()
  /** The node that was looked for last and is not there. */
  #missing: { readonly type: BoundNode; readonly id: string } | null = null

  /** The number of a node that was seen; undefined says nothing. */
  eid(type: BoundType, id: string): number | undefined {
    return this.#visible.get(type.tid)?.get(id)
  }

  isMissing(type: BoundNode, id: string): boolean {
    return this.#missing !== null && this.#missing.id === id && this.#missing.type === type
  }

  /** Looked up or inserted, and visible. */
  seen(type: BoundType, id: string, eid: number): void {
    const known = this.#visible.get(type.tid)
    if (!known) this.#visible.set(type.tid, new Map([[id, eid]]))
    else {
      if (known.size >= MAX_REMEMBERED) known.clear()
      known.set(id, eid)
    }
  }

  missed(type: BoundNode, id: string): void {
    this.#missing = { type, id }
  }

  /** Before it is deleted. */
  forget(type: BoundType, id: string): void {
    this.#visible.get(type.tid)?.delete(id)
  }

  /** After something came into being. */
  changed(): void {
    this.#missing = null
  }
}
