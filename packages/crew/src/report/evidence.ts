import type { Receipt } from '@groundplane/core'

/** Something anyone can look up: a recorded assertion, a path in the lineage, a commit. */
export type Evidence =
  | { readonly kind: 'assertion'; readonly urn: string; readonly label: string }
  | { readonly kind: 'lineage'; readonly path: readonly string[]; readonly label: string }
  | { readonly kind: 'commit'; readonly graph: string; readonly commit: string; readonly at: string }

/** Names a piece of evidence inside one run; given out by the book, never by a model. */
export type EvidenceId = string

/** One statement of a report, with what it rests on. */
export interface Claim {
  readonly text: string
  readonly cites: readonly EvidenceId[]
}

/**
 * Everything a run has seen that a claim may cite. Filing the same thing twice
 * gives the same id.
 */
export class EvidenceBook {
  readonly #items = new Map<EvidenceId, Evidence>()
  readonly #ids = new Map<string, EvidenceId>()
  #counts = { assertion: 0, lineage: 0, commit: 0 }

  assertion(urn: string, label: string): EvidenceId {
    return this.#file(`a ${urn}`, { kind: 'assertion', urn, label })
  }

  /** `path` runs from the affected dataset upstream. */
  lineage(path: readonly string[], label: string): EvidenceId {
    return this.#file(`l ${path.join(' ')}`, { kind: 'lineage', path, label })
  }

  commit(receipt: Receipt): EvidenceId {
    return this.#file(`c ${receipt.graph} ${receipt.commit}`, { kind: 'commit', ...receipt })
  }

  get(id: EvidenceId): Evidence | undefined {
    return this.#items.get(id)
  }

  entries(): IterableIterator<[EvidenceId, Evidence]> {
    return this.#items.entries()
  }

  #file(key: string, item: Evidence): EvidenceId {
    const known = this.#ids.get(key)
    if (known) return known
    const id = `${item.kind[0]?.toUpperCase()}${++this.#counts[item.kind]}`
    this.#ids.set(key, id)
    this.#items.set(id, item)
    return id
  }
}

/** Claims that cite at least one thing, and only things in the book. The rest is never shown. */
export function keepCited(claims: readonly Claim[], book: EvidenceBook): { kept: Claim[]; dropped: Claim[] } {
  const isCited = (claim: Claim) =>
    claim.text.trim() !== '' &&
    claim.cites.length > 0 &&
    claim.cites.every((id) => book.get(id) !== undefined)
  return { kept: claims.filter(isCited), dropped: claims.filter((claim) => !isCited(claim)) }
}
