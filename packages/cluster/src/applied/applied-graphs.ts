import { jsonDigest } from '@groundplane/core'
import { checkQueries, type SchemaModel } from '@groundplane/lang'
import { ClusterError } from '../cluster-error.js'
import { type ClusterRoot, graphRoot } from '../cluster-root.js'
import type { EmbeddingProfile } from '../config.js'
import { listIntents } from '../intent.js'
import type { Ledger } from '../ledger.js'
import type { LedgerEntry } from '../ledger-entry.js'
import { openSchema } from '../observe.js'
import type { AppliedGraph, AppliedQuery, QuarantinedGraph } from './applied-revision.js'
import type { PublishedContents } from './published-contents.js'

export interface GraphsOptions {
  /** Refuse when any graph would be quarantined. */
  readonly requireAllGraphs: boolean
  /** Graphs come without their queries. */
  readonly rulesOnly: boolean
}

export interface AppliedGraphs {
  readonly graphs: readonly AppliedGraph[]
  readonly quarantined: readonly QuarantinedGraph[]
}

/**
 * The graphs that can be served, each looked at; the others with the reason. `ClusterError` `cluster_empty |
 * cluster_recovery_unattributed`, and `cluster_no_healthy_graphs` or the first reason when there are too few.
 */
export async function appliedGraphs(
  root: ClusterRoot,
  ledger: Ledger,
  contents: PublishedContents,
  { requireAllGraphs, rulesOnly }: GraphsOptions,
): Promise<AppliedGraphs> {
  const recorded = contents.of('graph')
  if (recorded.length === 0) {
    throw new ClusterError('unavailable', 'cluster_empty', 'the applied cluster has no graph', {
      remedy: 'Declare a graph in cluster.yaml and run "groundplane cluster apply".',
    })
  }
  const pending = await pendingGraphs(root)
  const graphs: AppliedGraph[] = []
  const quarantined: QuarantinedGraph[] = []
  for (const [id, entry] of recorded) {
    const reason = unresolved(id, entry, ledger, pending)
    const queries = reason || rulesOnly ? [] : await queriesOf(id, contents)
    const found = reason ?? opened(root, id, entry, queries, profileOf(entry, ledger)?.embedding_profile)
    if ('code' in found) quarantined.push(found)
    else graphs.push(found)
  }
  requireHealthy(graphs, quarantined, requireAllGraphs)
  return { graphs, quarantined }
}

async function pendingGraphs(root: ClusterRoot): Promise<ReadonlyMap<string, string>> {
  const found = await listIntents(root)
  const broken = found.diagnostics[0]
  if (broken) {
    throw new ClusterError('unavailable', 'cluster_recovery_unattributed', broken.message, {
      ...(broken.remedy !== undefined && { remedy: broken.remedy }),
      diagnostics: found.diagnostics,
    })
  }
  return new Map(found.intents.map(({ intent }) => [intent.graph, intent.operation]))
}

function profileOf({ embedding_provider: provider }: LedgerEntry, ledger: Ledger): LedgerEntry | undefined {
  return provider === undefined ? undefined : ledger.applied_revision.resources[provider]
}

/** Why a graph is not to be opened at all, by what is recorded of it. */
function unresolved(
  graph: string,
  entry: LedgerEntry,
  ledger: Ledger,
  pending: ReadonlyMap<string, string>,
): QuarantinedGraph | undefined {
  const provider = entry.embedding_provider
  const profile = profileOf(entry, ledger)
  const embedding = profile?.embedding_profile
  if (provider !== undefined && !embedding) {
    return {
      graph,
      code: 'embedding_provider_profile_missing',
      message: `graph ${graph} uses ${provider}, whose profile is not recorded; run apply`,
    }
  }
  // Texts and a key are sent where it says.
  if (embedding && jsonDigest(embedding) !== profile?.digest) {
    return {
      graph,
      code: 'embedding_provider_digest_mismatch',
      message: `graph ${graph} uses ${provider}, whose recorded profile was altered; run apply`,
    }
  }
  const operation = pending.get(graph)
  if (operation === undefined) return undefined
  return {
    graph,
    code: 'cluster_recovery_pending',
    message: `an interrupted ${operation} of graph ${graph} is not resolved; run "groundplane cluster apply"`,
  }
}

function queriesOf(graph: string, contents: PublishedContents): Promise<AppliedQuery[]> {
  return Promise.all(
    contents.queriesOf(graph).map(async ([name, entry]) => ({
      name,
      source: await contents.text(`query.${graph}.${name}`, entry),
      digest: entry.digest,
      expose: entry.expose ?? true,
    })),
  )
}

function opened(
  root: ClusterRoot,
  id: string,
  entry: LedgerEntry,
  queries: readonly AppliedQuery[],
  embedding: EmbeddingProfile | undefined,
): AppliedGraph | QuarantinedGraph {
  const live = openSchema(root, id)
  if ('error' in live) {
    const message = `graph ${id} cannot be opened: ${(live.error as Error).message}`
    return { graph: id, code: 'graph_unopenable', message }
  }
  const broken = firstBrokenQuery(queries, live.model)
  if (broken) {
    const message = `query ${broken.name} does not fit the live schema of graph ${id}: ${broken.why}`
    return { graph: id, code: 'query_typecheck_error', message }
  }
  return {
    id,
    root: graphRoot(root, id),
    kind: entry.graph_kind ?? 'graph',
    schemaDigest: live.model.digest,
    queries,
    ...(embedding && { embedding }),
    ...(entry.external_blob_policy && {
      externalBlobs: entry.external_blob_policy.bases.map(({ uri }) => uri),
    }),
  }
}

function firstBrokenQuery(
  queries: readonly AppliedQuery[],
  model: SchemaModel,
): { name: string; why: string } | undefined {
  for (const { name, source } of queries) {
    const result = checkQueries(source, model, `${name}.gq`)
    if (result.queries.some((q) => q.name === name)) continue
    const why = result.diagnostics.find((d) => d.severity === 'error')?.message ?? 'it is not in its own file'
    return { name, why }
  }
  return undefined
}

function requireHealthy(
  graphs: readonly AppliedGraph[],
  quarantined: readonly QuarantinedGraph[],
  requireAll: boolean,
): void {
  const first = quarantined[0]
  if (!first || (graphs.length > 0 && !requireAll)) return
  const code = graphs.length === 0 ? 'cluster_no_healthy_graphs' : first.code
  const summary = quarantined.map((q) => `${q.graph}: ${q.message}`).join('; ')
  throw new ClusterError(
    'unavailable',
    code,
    graphs.length === 0 ? `no graph can be served: ${summary}` : summary,
    {
      remedy: 'Run "groundplane cluster apply", or repair the graph as the message says, then start again.',
      details: { quarantined },
    },
  )
}
