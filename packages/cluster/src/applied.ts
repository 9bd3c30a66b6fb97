import { type Diagnostic, sha256 } from '@groundplane/core'
import { appliedGraphs } from './applied/applied-graphs.js'
import { appliedPolicies } from './applied/applied-policies.js'
import type { AppliedAssertionSet, AppliedRevision, CrewConfig } from './applied/applied-revision.js'
import { appliedPublishTargets, appliedSources } from './applied/applied-sources.js'
import { PublishedContents } from './applied/published-contents.js'
import { ClusterError } from './cluster-error.js'
import { type ClusterRoot, isLocal, STATE_KEY } from './cluster-root.js'
import type { ServerSection } from './config.js'
import { checkDataDirectory } from './data-directory.js'
import { environment } from './environment.js'
import { isDiagnostic, type Ledger, readLedger } from './ledger.js'
import { locateRoot } from './locate-root.js'
import { nothingApplied } from './nothing-applied.js'

export interface LoadOptions {
  /** Refuse when any graph would be quarantined. */
  readonly requireAllGraphs?: boolean
  /**
   * Leave out everything published but the policies: graphs come without queries, and the rest
   * is empty. For work on the graphs themselves, which lost or altered content must not keep
   * anybody from; the rules are needed for it and are verified.
   */
  readonly rulesOnly?: boolean
}

/**
 * Loads what may be served from a config directory or a storage root. Takes no
 * lock: the ledger is replaced atomically, so an apply in flight does not matter.
 * A graph that cannot be served is quarantined and the others go on; what is
 * wrong with the cluster as a whole is a `ClusterError` with its remedy.
 */
export async function loadApplied(dir: string, options: LoadOptions = {}): Promise<AppliedRevision> {
  const { root, configDir } = await locateRoot(dir)
  const stored = await readLedger(root)
  if (stored === null)
    throw await nothingApplied(dir, { root, ...(configDir !== undefined && { configDir }) })
  if (isDiagnostic(stored)) throw asError(stored)
  const misplaced = await checkDataDirectory(root, environment({}), false)
  if (misplaced) throw asError(misplaced)
  const revision = await revisionOf(root, stored.ledger, options)
  return { ...revision, ...(configDir !== undefined && { configDir }), cas: stored.cas }
}

/** Everything but the bytes' own digest. */
async function revisionOf(
  root: ClusterRoot,
  ledger: Ledger,
  { requireAllGraphs = false, rulesOnly = false }: LoadOptions,
): Promise<Omit<AppliedRevision, 'cas'>> {
  const contents = new PublishedContents(root, ledger)
  const { graphs, quarantined } = await appliedGraphs(root, ledger, contents, { requireAllGraphs, rulesOnly })
  const served = new Set(graphs.map((g) => g.id))
  const base = {
    name: ledger.name ?? '',
    root: root.directory,
    local: isLocal(root),
    revision: ledger.state_revision,
    graphs,
    policies: await appliedPolicies(contents, ledger, served),
    governed: contents.of('policy').length > 0,
    quarantined,
  }
  if (rulesOnly) return { ...base, sources: [], assertionSets: [], publishTargets: [] }
  const crew = (await contents.all<CrewConfig>('crew'))
    .map(({ content }) => content)
    .find((c) => served.has(c.graph))
  const [server] = await contents.all<ServerSection>('server')
  return {
    ...base,
    sources: await appliedSources(contents, root.directory, served),
    assertionSets: (await contents.all<Omit<AppliedAssertionSet, 'name'>>('assertion'))
      .map(({ name, content }) => ({ ...content, name }))
      .filter((set) => served.has(set.graph)),
    publishTargets: await appliedPublishTargets(contents, served),
    ...(crew && { crew }),
    ...(server && { server: server.content }),
  }
}

/**
 * `sha256:<hex>` of the ledger's bytes that are recorded now, null when there are none; it
 * moves with every command that records something. One read and nothing verified, for
 * whoever waits for a new revision.
 */
export async function recordedLedger(dir: string): Promise<string | null> {
  const { root } = await locateRoot(dir)
  const stored = await root.storage.get(STATE_KEY)
  return stored && `sha256:${sha256(stored.body)}`
}

function asError(d: Diagnostic): ClusterError {
  return new ClusterError('unavailable', d.code, d.message, {
    ...(d.remedy !== undefined && { remedy: d.remedy }),
    diagnostics: [d],
  })
}
