import { DeclaredNames } from '@groundplane/catalog'
import { type AppliedGraph, type AppliedRevision, schedulesOf } from '@groundplane/cluster'
import type { Clock, UlidSource } from '@groundplane/core'
import {
  type Authorize,
  Graph,
  GraphError,
  GraphService,
  type ObserveOperation,
  resolveEmbeddingProvider,
} from '@groundplane/graph'
import { checkQueries, type SchemaModel } from '@groundplane/lang'
import { checkPolicy } from '@groundplane/policy'
import type { FastifyBaseLogger } from 'fastify'
import { followCatalog } from './followed-catalog.js'
import { GraphServices, type ServiceUse } from './graph-services.js'
import type { ServedCatalog, ServedGraph, ServedQuery, ServedRevision } from './served-revision.js'
import { ServerError } from './server-error.js'

export interface OpenRevisionOptions {
  /** Where services come from; a revision after this one takes its own from the same place. */
  readonly services: GraphServices
  readonly clock: Clock
  readonly ids: UlidSource
  /** A graph that cannot be opened stops the start instead of being quarantined. */
  readonly requireAllGraphs: boolean
  /** Told how search indexes came about. */
  readonly log?: FastifyBaseLogger
  /** Where addresses of sources that are written `${NAME}` are looked up. Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

export interface ServiceSettings {
  readonly authorize: Authorize
  readonly queryMs: number
  /** Where the keys of embedding providers are looked up. Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** What is told of the operations of a graph. */
  readonly observe?: (graph: string) => ObserveOperation
}

/** Services that ask `authorize` before each work, and end a query after `queryMs`. */
export function graphServices({
  authorize,
  queryMs,
  environment = process.env,
  observe,
}: ServiceSettings): GraphServices {
  return new GraphServices((graph) =>
    GraphService.start(graph.root, {
      deadlineMs: queryMs,
      authorize,
      ...(observe && { observe: observe(graph.id) }),
      ...(graph.embedding && { embedder: resolveEmbeddingProvider(graph.embedding, environment) }),
      ...(graph.externalBlobs && { externalBlobs: graph.externalBlobs }),
    }),
  )
}

/**
 * Opens every healthy graph of an applied revision. One that fails to open joins the
 * quarantined; with none left, or when all are required, that is an error and what was
 * opened is closed again.
 */
export async function openRevision(
  applied: AppliedRevision,
  options: OpenRevisionOptions,
): Promise<ServedRevision> {
  const graphs = new Map<string, ServedGraph>()
  const quarantined = [...applied.quarantined]
  const uses: ServiceUse[] = []
  const close = async () => {
    await Promise.all(uses.map((use) => use.release()))
  }
  try {
    for (const graph of applied.graphs) {
      try {
        const { served, use } = await openGraph(graph, applied, options)
        uses.push(use)
        graphs.set(graph.id, { ...served, protectedBranches: protectedBranches(applied, graph.id) })
      } catch (error) {
        quarantined.push({ graph: graph.id, code: quarantineCode(error), message: (error as Error).message })
      }
    }
    requireHealthy(graphs.size, quarantined, options.requireAllGraphs)
    const catalog = chosenCatalog(applied, graphs)
    return {
      name: applied.name,
      revision: applied.revision,
      graphs,
      ...(catalog && { catalog }),
      schedules: schedulesOf(applied).filter(({ graph }) => graphs.has(graph)),
      sources: applied.sources.filter(({ graph }) => graphs.has(graph)),
      assertionSets: applied.assertionSets.filter(({ graph }) => graphs.has(graph)),
      quarantined,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The engine decides by the same; this is to tell people. */
function protectedBranches({ policies }: AppliedRevision, graph: string): readonly string[] {
  return policies
    .filter(({ appliesTo }) => appliesTo.includes(graph))
    .flatMap(({ source, file }) => checkPolicy(source, file).policy?.protectedBranches ?? [])
}

async function openGraph(
  graph: AppliedGraph,
  { sources }: AppliedRevision,
  { services, clock, ids, log, environment }: OpenRevisionOptions,
): Promise<{ served: Omit<ServedGraph, 'protectedBranches'>; use: ServiceUse }> {
  const use = await services.use(graph)
  try {
    const queries = exposedQueries(graph, liveSchema(graph.root))
    const catalog =
      graph.kind === 'catalog' &&
      use.catalog((service) => followCatalog(service, { clock, ids, ...(log && { log }) }))
    const served = { id: graph.id, kind: graph.kind, service: use.service, queries }
    if (!catalog) return { served, use }
    const own = sources.filter((source) => source.graph === graph.id)
    return { served: { ...served, catalog, names: new DeclaredNames(own, environment) }, use }
  } catch (error) {
    await use.release()
    throw error
  }
}

function quarantineCode(error: unknown): string {
  const missing = error instanceof GraphError && error.code === 'embedding_provider_missing'
  return missing ? error.code : 'graph_unopenable'
}

/** Read before any caller is there, so on a handle without the gate. */
function liveSchema(root: string): SchemaModel {
  const graph = Graph.open(root, { readOnly: true })
  try {
    return graph.schema().model
  } finally {
    graph.close()
  }
}

/** Stored queries that callers may name. One file may declare several; it is checked once. */
function exposedQueries(graph: AppliedGraph, model: SchemaModel): Map<string, ServedQuery> {
  const checkedBySource = new Map<string, ReturnType<typeof checkQueries>>()
  const queries = new Map<string, ServedQuery>()
  for (const { name, source, expose } of graph.queries) {
    if (!expose) continue
    const checked = checkedBySource.get(source) ?? checkQueries(source, model, `${name}.gq`)
    checkedBySource.set(source, checked)
    const query = checked.queries.find((q) => q.name === name)
    if (!query) throw new Error(`query ${name} does not fit the live schema`)
    queries.set(name, { name, source, checked: query })
  }
  return queries
}

/** The catalog the crew is configured for, else the first by name. */
function chosenCatalog(
  applied: AppliedRevision,
  graphs: ReadonlyMap<string, ServedGraph>,
): ServedCatalog | undefined {
  const { crew } = applied
  const catalogs = [...graphs.values()]
    .filter(({ catalog }) => catalog)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  const served = catalogs.find(({ id }) => id === crew?.graph) ?? catalogs[0]
  if (!served?.catalog) return undefined
  const root = applied.graphs.find(({ id }) => id === served.id)?.root as string
  return {
    graphId: served.id,
    root,
    catalog: served.catalog,
    ...(crew?.graph === served.id && { crew }),
  }
}

function requireHealthy(healthy: number, quarantined: ServedRevision['quarantined'], all: boolean): void {
  const first = quarantined[0]
  if (!first || (healthy > 0 && !all)) return
  throw new ServerError(
    'unavailable',
    healthy === 0 ? 'cluster_no_healthy_graphs' : first.code,
    `Not every graph can be served: ${quarantined.map((q) => `${q.graph}: ${q.message}`).join('; ')}`,
    { remedy: 'Run "groundplane cluster apply", or repair the graph as the message says, then start again.' },
  )
}
