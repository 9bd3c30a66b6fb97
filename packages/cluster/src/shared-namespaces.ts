import { resolve } from 'node:path'
import {
  type Diagnostic,
  normalNamespace,
  parsePostgresAddress,
  postgresNamespace,
  sqliteNamespace,
} from '@groundplane/core'
import type { SourceConfig } from './config.js'
import { type Place, problem, warning } from './problem.js'
import { isEnvironmentReference } from './secret-reference.js'

/** That datasets of a namespace of OpenLineage are those of a source. */
interface Claim {
  readonly source: SourceConfig
  readonly namespace: string
  /** By the source's declaration, and not by its address alone. */
  readonly isDeclared: boolean
  /** PostgreSQL: the database; undefined where an environment variable has the address. */
  readonly database?: string
  readonly place: Place
}

/**
 * Sources of one catalog of which an event could mean either. Two that declare a namespace are a mistake;
 * where two have it by their addresses alone, events name neither, which is a warning. One that
 * declares it goes before one that only has it.
 */
export function sharedNamespaces(sources: readonly SourceConfig[], configDir: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const claims = sources.flatMap((source) => claimsOf(source, configDir))
  for (const [i, claim] of claims.entries()) {
    const rivals = claims
      .slice(0, i)
      .filter((rival) => rival.isDeclared === claim.isDeclared && overlap(rival, claim))
    for (const { source } of rivals) {
      const both = `sources.${source.name} and sources.${claim.source.name}`
      if (claim.isDeclared)
        diagnostics.push(
          problem(
            'duplicate_openlineage_namespace',
            claim.place,
            `${both} both declare the OpenLineage namespace "${claim.namespace}" for the same datasets`,
            'Keep it at one of the two.',
          ),
        )
      else if (!claims.some((other) => other.isDeclared && overlap(other, claim)))
        diagnostics.push(
          warning(
            'openlineage_namespace_shared',
            claim.place,
            `${both} read the same datasets, so OpenLineage events in "${claim.namespace}" mean neither`,
            'Name the namespace under openlineage_namespaces of the one that events mean.',
          ),
        )
    }
  }
  return diagnostics
}

function claimsOf(source: SourceConfig, configDir: string): Claim[] {
  const address =
    source.kind === 'postgres' && !isEnvironmentReference(source.url.value)
      ? parsePostgresAddress(source.url.value)
      : undefined
  const database = typeof address === 'object' ? address.database : undefined
  const of = (namespace: string, isDeclared: boolean, place: Place): Claim => ({
    source,
    namespace: normalNamespace(namespace),
    isDeclared,
    ...(database !== undefined && { database }),
    place,
  })
  const declared = (source.openlineageNamespaces ?? []).map(({ value, place }) => of(value, true, place))
  const own =
    source.kind === 'sqlite'
      ? sqliteNamespace(resolve(configDir, source.url.value))
      : typeof address === 'object'
        ? postgresNamespace(address)
        : undefined
  return own === undefined || declared.some(({ namespace }) => namespace === normalNamespace(own))
    ? declared
    : [...declared, of(own, false, source.url.place)]
}

/** Whether one name in the namespace may mean a dataset of either. An address nobody can see here is not judged. */
function overlap(a: Claim, b: Claim): boolean {
  if (a.namespace !== b.namespace || a.source === b.source || graphOf(a) !== graphOf(b)) return false
  if (a.source.kind !== 'postgres' || b.source.kind !== 'postgres') return true
  if (a.database === undefined || b.database === undefined) return false
  if (a.database.toLowerCase() !== b.database.toLowerCase()) return false
  const [ours, theirs] = [a.source.schemas, b.source.schemas]
  const folded = new Set(theirs?.map((schema) => schema.toLowerCase()))
  return !ours || !theirs || ours.some((schema) => folded.has(schema.toLowerCase()))
}

function graphOf({ source }: Claim): string {
  return source.graph.value.replace(/^graph\./, '')
}
