import { sha256 } from '@groundplane/core'
import { ClusterError } from '../cluster-error.js'
import { type ClusterRoot, objectPath } from '../cluster-root.js'
import type { Ledger } from '../ledger.js'
import { graphOf, kindOf, type LedgerEntry, payloadKey } from '../ledger-entry.js'

type Named = readonly [name: string, entry: LedgerEntry]

/**
 * What the ledger's resources say that were published, each verified against the digest that the ledger gives it.
 * `ClusterError` `catalog_payload_missing | catalog_payload_digest_mismatch` for what is lost or altered.
 */
export class PublishedContents {
  readonly #root: ClusterRoot
  /** By kind, each in address order. */
  readonly #byKind = new Map<string, Named[]>()
  readonly #queriesOf = new Map<string, Named[]>()

  constructor(root: ClusterRoot, ledger: Ledger) {
    this.#root = root
    const sorted = Object.entries(ledger.applied_revision.resources).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [address, entry] of sorted) {
      const kind = kindOf(address)
      add(this.#byKind, kind, [address.slice(kind.length + 1), entry])
      const id = graphOf(address)
      if (kind === 'query' && id !== undefined)
        add(this.#queriesOf, id, [address.slice(`query.${id}.`.length), entry])
    }
  }

  /** Resources of one kind, in address order. */
  of(kind: string): readonly Named[] {
    return this.#byKind.get(kind) ?? []
  }

  queriesOf(graph: string): readonly Named[] {
    return this.#queriesOf.get(graph) ?? []
  }

  /** Of one kind, in address order, parsed. */
  async all<T>(kind: string): Promise<{ name: string; content: T; entry: LedgerEntry }[]> {
    const found: { name: string; content: T; entry: LedgerEntry }[] = []
    for (const [name, entry] of this.of(kind)) {
      // The crew and the server are one each, and have no name.
      const address = name === '' ? kind : `${kind}.${name}`
      found.push({ name, content: JSON.parse(await this.text(address, entry)) as T, entry })
    }
    return found
  }

  /** The published content of a resource, verified. */
  async text(address: string, entry: LedgerEntry): Promise<string> {
    const key = payloadKey(address, entry)
    const stored = key === undefined ? null : await this.#root.storage.get(key)
    const remedy = 'Run "groundplane cluster apply" to publish it again.'
    const where = key === undefined ? address : objectPath(this.#root, key)
    if (!stored)
      throw new ClusterError(
        'unavailable',
        'catalog_payload_missing',
        `the content of ${address} is gone (${where})`,
        { remedy },
      )
    if (sha256(stored.body) !== entry.digest) {
      throw new ClusterError(
        'unavailable',
        'catalog_payload_digest_mismatch',
        `the content of ${address} was altered (${where})`,
        { remedy },
      )
    }
    return Buffer.from(stored.body).toString('utf8')
  }
}

function add(map: Map<string, Named[]>, key: string, item: Named): void {
  const known = map.get(key)
  if (known) known.push(item)
  else map.set(key, [item])
}
