import type { GmsTarget, JobContext, PublicationStore, PublishReport } from '@groundplane/catalog'
import type { AppliedPublishTarget, AppliedRevision, AppliedSource } from '@groundplane/cluster'
import type { ClusterTarget } from './cluster-target.js'
import { CommandError } from './errors.js'

/** A declared target, ready to be published to. */
export interface BoundPublishTarget {
  readonly graph: string
  readonly target: GmsTarget
  /** Those whose health is asked for. */
  readonly sources: readonly AppliedSource[]
}

/** Throws `publish_target_not_found`, or `token_missing` when the variable of its token holds none. */
export function declaredTarget(
  { publishTargets, sources }: AppliedRevision,
  name: string,
): BoundPublishTarget {
  const found = publishTargets.find((target) => target.name === name)
  if (!found) {
    const declared = publishTargets.map((target) => target.name).join(', ')
    throw new CommandError('publish_target_not_found', `No applied publish target is named "${name}".`, {
      kind: 'not-found',
      remedy: `Applied targets: ${declared || 'none; declare one under publish in cluster.yaml and apply'}.`,
    })
  }
  const { graph, requireHealthy } = found
  const asked = sources.filter((s) => s.graph === graph && (requireHealthy?.includes(s.name) ?? true))
  return { graph, target: gmsTarget(found), sources: asked }
}

function gmsTarget({ url, token }: AppliedPublishTarget): GmsTarget {
  // `${NAME}`
  return token === undefined ? { url } : { url, token: tokenIn(token.slice(2, -1)) }
}

/** The token that an environment variable holds. Throws `token_missing`. */
export function tokenIn(variable: string): string {
  const token = process.env[variable]
  if (token !== undefined && token !== '') return token
  throw new CommandError('token_missing', `The environment variable ${variable} holds no token.`, {
    remedy: `Set ${variable}, or name no token where the target asks for none.`,
  })
}

/** Publishes to a declared target when its sources are healthy, as whoever the cluster was opened for. */
export async function publishDeclared(
  cluster: ClusterTarget,
  name: string,
  context: JobContext,
): Promise<PublishReport> {
  const { graph, target, sources } = declaredTarget(cluster.revision, name)
  const [{ Catalog, publishChecked }, store, opened] = await Promise.all([
    import('@groundplane/catalog'),
    publicationOf(cluster, graph, target),
    cluster.open(graph, 'read'),
  ])
  try {
    return await publishChecked(new Catalog(opened), target, store, sources, context)
  } finally {
    opened.close()
  }
}

/** What the target was told of a catalog, as the cluster keeps it. */
export async function publicationOf(
  { dir }: ClusterTarget,
  graph: string,
  { url }: GmsTarget,
): Promise<PublicationStore> {
  const { publicationDocument } = await import('@groundplane/cluster')
  return publicationDocument(dir, graph, url)
}
