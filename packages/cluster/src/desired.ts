import { type Diagnostic, jsonDigest } from '@groundplane/core'
import type { SchemaModel } from '@groundplane/lang'
import type { ClusterConfig } from './config.js'
import type { LedgerEntry, ResourceKind } from './ledger-entry.js'

/** One resource the configuration asks for. */
export interface DesiredResource {
  readonly address: string
  readonly kind: ResourceKind
  readonly entry: LedgerEntry
  /** Content to publish under `payloadKey`; its SHA-256 is the entry's digest. */
  readonly payload?: string
  /** File it comes from, relative to the config directory. */
  readonly path?: string
  /** Addresses that must be applied before it. */
  readonly dependsOn: readonly string[]
}

/** A graph's schema as declared: what a create or a migration hands to the graph. */
export interface DesiredGraph {
  readonly id: string
  readonly kind: 'graph' | 'catalog'
  readonly schema: string
  readonly model: SchemaModel
}

/** What the files ask for, checked. A value: nothing of it is read again. */
export interface DesiredState {
  readonly config: ClusterConfig
  /** By address, in address order. */
  readonly resources: ReadonlyMap<string, DesiredResource>
  readonly graphs: ReadonlyMap<string, DesiredGraph>
  readonly configDigest: string
}

export interface CheckedDesired {
  /** Absent when any diagnostic is an error. */
  readonly desired?: DesiredState
  readonly diagnostics: readonly Diagnostic[]
  /** What could be made out, also when there are errors. */
  readonly resources: readonly DesiredResource[]
}

export function assembleDesired(
  config: ClusterConfig,
  graphs: readonly DesiredGraph[],
  resources: readonly DesiredResource[],
): DesiredState {
  const byAddress = new Map(sortByAddress(resources).map((r) => [r.address, r]))
  const entries = Object.fromEntries([...byAddress].map(([address, r]) => [address, r.entry]))
  return {
    config,
    graphs: new Map(graphs.map((g) => [g.id, g])),
    resources: byAddress,
    configDigest: jsonDigest({ config: config.data, resources: entries }),
  }
}

/**
 * The digest of a graph stands for its whole subtree: it moves when its schema,
 * any of its queries or its provider moves, and is computed the same way from
 * files and from the ledger.
 */
export function compositeDigest(
  id: string,
  resources: Iterable<readonly [address: string, entry: LedgerEntry]>,
  graph: Omit<LedgerEntry, 'digest'>,
): string {
  const parts: Record<string, string> = {}
  for (const [address, entry] of resources) {
    const own = address === `schema.${id}` || address.startsWith(`query.${id}.`)
    const provider = address === graph.embedding_provider
    if (own || provider) parts[address] = entry.digest
  }
  return jsonDigest({ graph: { ...graph }, parts })
}

export function dependencyEdges(resources: Iterable<DesiredResource>): { from: string; to: string }[] {
  return [...resources].flatMap((r) => r.dependsOn.map((to) => ({ from: r.address, to })))
}

export function sortByAddress<T extends { readonly address: string }>(resources: readonly T[]): T[] {
  return [...resources].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
}
