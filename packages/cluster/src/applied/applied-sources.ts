import { isAbsolute, resolve } from 'node:path'
import type { SourceKind } from '../config.js'
import type { CronTimes } from '../schedule/cron.js'
import type { AppliedPublishTarget, AppliedSource } from './applied-revision.js'
import type { PublishedContents } from './published-contents.js'

/** Of the graphs that are served. */
export async function appliedPublishTargets(
  contents: PublishedContents,
  served: ReadonlySet<string>,
): Promise<AppliedPublishTarget[]> {
  interface Content extends Omit<AppliedPublishTarget, 'name' | 'requireHealthy'> {
    require_healthy?: readonly string[]
  }
  return (await contents.all<Content>('publish')).flatMap(({ name, content }) => {
    const { graph, url, token, require_healthy: requireHealthy, schedule } = content
    if (!served.has(graph)) return []
    return [
      {
        name,
        graph,
        url,
        ...(token !== undefined && { token }),
        ...(requireHealthy && { requireHealthy }),
        ...(schedule && { schedule }),
      },
    ]
  })
}

/** Of the graphs that are served, in the order in which they are harvested; relative paths are of the declaration's own directory below `directory`. */
export async function appliedSources(
  contents: PublishedContents,
  directory: string,
  served: ReadonlySet<string>,
): Promise<AppliedSource[]> {
  interface Content {
    kind: SourceKind
    graph: string
    url: string
    password?: string
    schemas?: readonly string[]
    platform_instance: string
    target_platform_instance?: string
    target_platform?: string
    target_database?: string
    openlineage_namespaces?: readonly string[]
    env: 'PROD'
    metadata?: string
    schedule?: CronTimes
    health?: string
  }
  const sources = (await contents.all<Content>('source')).flatMap(({ name, content, entry }) => {
    if (!served.has(content.graph)) return []
    const { kind, graph, env, metadata, password, schemas, schedule, health } = content
    const url =
      kind === 'postgres' || isAbsolute(content.url)
        ? content.url
        : resolve(directory, entry.base_dir ?? '.', content.url)
    return [
      {
        name,
        kind,
        graph,
        url,
        ...(password !== undefined && { password }),
        ...(schemas && { schemas }),
        platformInstance: content.platform_instance,
        ...(content.target_platform_instance !== undefined && {
          targetPlatformInstance: content.target_platform_instance,
        }),
        ...(content.target_platform !== undefined && { targetPlatform: content.target_platform }),
        ...(content.target_database !== undefined && { targetDatabase: content.target_database }),
        ...(content.openlineage_namespaces && { openlineageNamespaces: content.openlineage_namespaces }),
        env,
        ...(metadata !== undefined && { metadata }),
        ...(schedule && { schedule }),
        ...(health !== undefined && { health }),
      },
    ]
  })
  return sources.sort((a, b) => Number(describesNothing(a)) - Number(describesNothing(b)))
}

/** Whether a source has results about the tables of others, and none of its own. */
function describesNothing({ kind }: AppliedSource): boolean {
  return kind === 'great_expectations'
}
