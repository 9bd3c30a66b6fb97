import { stat } from 'node:fs/promises'
import { type Diagnostic, sha256 } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import type { SchemaModel } from '@groundplane/lang'
import { type ClusterRoot, graphRoot } from './cluster-root.js'
import type { Drift, MigrationView } from './documents.js'
import type { Ledger } from './ledger.js'
import { type LedgerEntry, payloadKey } from './ledger-entry.js'
import { failure, problem, warning } from './problem.js'

/** What a look at a graph root found. Looking never writes and never repairs. */
export type ObservedGraph =
  | { readonly state: 'absent' }
  | {
      readonly state: 'open'
      readonly schemaDigest: string
      /** Head of `main`. */
      readonly commit: string
      /** Head of each live branch. */
      readonly heads: Readonly<Record<string, string>>
    }
  | { readonly state: 'unopenable'; readonly error: unknown }

export async function observeGraph(root: ClusterRoot, id: string): Promise<ObservedGraph> {
  const path = graphRoot(root, id)
  const entry = await stat(path).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : error,
  )
  if (entry === undefined) return { state: 'absent' }
  if (entry instanceof Error) return { state: 'unopenable', error: entry }
  try {
    const graph = Graph.open(path, { readOnly: true })
    try {
      const heads = Object.fromEntries(graph.branches().map((b) => [b.name, b.head]))
      return { state: 'open', schemaDigest: graph.schema().digest, commit: heads['main'] as string, heads }
    } finally {
      graph.close()
    }
  } catch (error) {
    return { state: 'unopenable', error }
  }
}

/** The live schema of a graph, or why it cannot be had. */
export function openSchema(root: ClusterRoot, id: string): { model: SchemaModel } | { error: unknown } {
  try {
    const graph = Graph.open(graphRoot(root, id), { readOnly: true })
    try {
      return { model: graph.schema().model }
    } finally {
      graph.close()
    }
  } catch (error) {
    return { error }
  }
}

export type PayloadDamage = 'missing' | 'mismatch' | 'unreadable'

export interface Observations {
  readonly graphs: ReadonlyMap<string, ObservedGraph>
  /** Recorded payloads that are not intact, by resource address. */
  readonly payloads: ReadonlyMap<string, PayloadDamage>
  /** Of those that were altered, the digest of what stands there now. */
  readonly altered: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
}

export async function observe(
  root: ClusterRoot,
  graphIds: Iterable<string>,
  ledger: Ledger,
): Promise<Observations> {
  const graphs = new Map<string, ObservedGraph>()
  for (const id of new Set(graphIds)) graphs.set(id, await observeGraph(root, id))
  return { graphs, ...(await observePayloads(root, ledger)) }
}

/** Re-hashes every blob the ledger names, some at a time. */
export async function observePayloads(
  root: ClusterRoot,
  ledger: Ledger,
): Promise<Omit<Observations, 'graphs'>> {
  const payloads = new Map<string, PayloadDamage>()
  const altered = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  const entries = Object.entries(ledger.applied_revision.resources)
  for (let at = 0; at < entries.length; at += 32) {
    const batch = entries.slice(at, at + 32)
    const found = await Promise.all(batch.map(([address, entry]) => observePayload(root, address, entry)))
    for (const [i, damage] of found.entries()) {
      if (!damage) continue
      const address = batch[i]?.[0] as string
      payloads.set(address, damage.damage)
      if (damage.digest !== undefined) altered.set(address, damage.digest)
      diagnostics.push(damage.diagnostic)
    }
  }
  return { payloads, altered, diagnostics }
}

async function observePayload(
  root: ClusterRoot,
  address: string,
  entry: LedgerEntry,
): Promise<{ damage: PayloadDamage; digest?: string; diagnostic: Diagnostic } | undefined> {
  const key = payloadKey(address, entry)
  if (key === undefined) return undefined
  const place = { path: key }
  const remedy = 'Run "groundplane cluster apply": it publishes the declared content again.'
  try {
    const stored = await root.storage.get(key)
    if (!stored) {
      const message = `the applied content of ${address} is gone`
      return { damage: 'missing', diagnostic: warning('catalog_payload_missing', place, message, remedy) }
    }
    const digest = sha256(stored.body)
    if (digest === entry.digest) return undefined
    const message = `the applied content of ${address} has been altered`
    return {
      damage: 'mismatch',
      digest,
      diagnostic: warning('catalog_payload_mismatch', place, message, remedy),
    }
  } catch (error) {
    const doing = `the applied content of ${address} cannot be verified`
    const fix = 'Check permissions and the disk; nothing was changed.'
    return {
      damage: 'unreadable',
      diagnostic: failure('catalog_payload_read_error', place, doing, error, fix),
    }
  }
}

/** The recorded resources corrected by what was seen, and how the two differ. */
export interface Corrected {
  readonly recorded: Readonly<Record<string, LedgerEntry>>
  readonly drift: readonly Drift[]
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * A schema changed behind the control plane's back counts as recorded with its
 * live digest, so that the difference from the declaration becomes a change. A
 * damaged payload counts as not recorded, so that it is published again. A
 * missing or unreadable graph is only reported: re-creating it empty is a
 * decision that `refresh` records first.
 */
export function correctByObservation(
  ledger: Ledger,
  observations: Observations,
  declared: ReadonlySet<string>,
): Corrected {
  const recorded: Record<string, LedgerEntry> = { ...ledger.applied_revision.resources }
  const drift: Drift[] = []
  const diagnostics: Diagnostic[] = []
  for (const [address, damage] of observations.payloads) {
    if (damage === 'unreadable') continue
    const digest = recorded[address]?.digest
    const found = observations.altered.get(address)
    drift.push({
      resource: address,
      condition: `payload_${damage}`,
      ...(digest !== undefined && { recorded_digest: digest }),
      ...(found !== undefined && { observed_digest: found }),
    })
    delete recorded[address]
  }
  for (const [id, seen] of observations.graphs) {
    const found = graphDrift(
      id,
      seen,
      recorded[`graph.${id}`] !== undefined,
      recorded[`schema.${id}`],
      declared.has(id),
    )
    if (!found) continue
    drift.push(found.drift)
    diagnostics.push(found.diagnostic)
    if (found.drift.condition === 'schema_mismatch' && seen.state === 'open') {
      recorded[`schema.${id}`] = { ...recorded[`schema.${id}`], digest: seen.schemaDigest }
    }
  }
  return { recorded, drift, diagnostics }
}

function graphDrift(
  id: string,
  seen: ObservedGraph,
  known: boolean,
  schema: LedgerEntry | undefined,
  declared: boolean,
): { drift: Drift; diagnostic: Diagnostic } | undefined {
  const place = { path: `graph.${id}` }
  const of = (condition: Drift['condition'], diagnostic: Diagnostic, observed?: string) => ({
    drift: {
      resource: condition === 'schema_mismatch' ? `schema.${id}` : `graph.${id}`,
      condition,
      ...(schema && { recorded_digest: schema.digest }),
      ...(observed !== undefined && { observed_digest: observed }),
    },
    diagnostic,
  })
  if (seen.state === 'unopenable') {
    if (!known && !declared) return undefined
    const found = failure(
      'graph_observation_error',
      place,
      `graph ${id} cannot be opened`,
      seen.error,
      'Restore its directory from a copy; or move it away and run "groundplane cluster refresh".',
    )
    return of('graph_observation_error', known ? { ...found, severity: 'warning' } : found)
  }
  if (seen.state === 'absent') {
    if (!known) return undefined
    return of(
      'graph_missing',
      warning(
        'graph_missing',
        place,
        `graph ${id} is recorded as applied, but its root is gone`,
        'Restore it from a copy; or run "groundplane cluster refresh", after which apply creates it anew and empty.',
      ),
    )
  }
  if (!known) {
    if (!declared) return undefined
    return of(
      'graph_unrecorded',
      problem(
        'graph_create_failed',
        place,
        `a graph stands at the root of ${id}, but the ledger does not know it`,
        'Run "groundplane cluster refresh" to record it; or move it away.',
      ),
      seen.schemaDigest,
    )
  }
  if (schema?.digest === seen.schemaDigest) return undefined
  return of(
    'schema_mismatch',
    warning(
      'schema_mismatch',
      place,
      `the schema of graph ${id} was changed outside of the control plane`,
      'Apply takes it back to the declared schema; to keep the change, put it into the schema file.',
    ),
    seen.schemaDigest,
  )
}

export interface MigrationPreview extends MigrationView {
  readonly diagnostics: readonly Diagnostic[]
}

/** What a migration of a live graph to `schema` would do; writes nothing. */
export function previewMigration(
  root: ClusterRoot,
  id: string,
  schema: string,
): MigrationPreview | Diagnostic {
  const place = { path: `schema.${id}` }
  try {
    const graph = Graph.open(graphRoot(root, id), { readOnly: true })
    try {
      const plan = graph.planSchema(schema)
      return {
        supported: plan.supported,
        steps: plan.steps as unknown as MigrationView['steps'],
        diagnostics: plan.diagnostics,
      }
    } finally {
      graph.close()
    }
  } catch (error) {
    const found = failure(
      'schema_preview_unavailable',
      place,
      `the migration of ${id} cannot be previewed`,
      error,
      'Look at the graph, then plan again.',
    )
    return { ...found, severity: 'warning' }
  }
}
