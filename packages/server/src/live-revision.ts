import { type AppliedRevision, loadApplied } from '@groundplane/cluster'
import type { Clock, UlidSource } from '@groundplane/core'
import type { AuthorizationMode, Authorizer } from '@groundplane/policy'
import type { FastifyBaseLogger } from 'fastify'
import { graphServices, openRevision, type ServiceSettings } from './open-revision.js'
import { RevisionSlot } from './revision-slot.js'
import type { ServedRevision } from './served-revision.js'
import { ServerError } from './server-error.js'
import { type ServerSettings, START_LIMITS } from './server-settings.js'

/** Who may do what under one revision. */
export interface Governance {
  readonly mode: AuthorizationMode
  readonly authorize: Authorizer
}

export interface LiveRevisionOptions {
  /** A cluster's config directory, or its storage root. */
  readonly clusterDir: string
  readonly requireAllGraphs: boolean
  readonly queryMs: number
  /** Asked for every revision; throws when this process may not serve it as it was started. */
  readonly govern: (applied: AppliedRevision) => Governance
  /** How a revision is to be served. */
  readonly settingsOf: (applied: AppliedRevision) => ServerSettings
  readonly clock: Clock
  readonly ids: UlidSource
  readonly log: FastifyBaseLogger
  readonly observe: NonNullable<ServiceSettings['observe']>
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** The applied revision of a cluster as one process serves it. */
export interface LiveRevision {
  readonly slot: RevisionSlot
  /** The gate of the current revision, also for work begun under the one before. */
  readonly authorize: Authorizer
  readonly mode: AuthorizationMode
  /** How the current revision is to be served. */
  readonly settings: ServerSettings
  /** Digest of the ledger the first revision came from. */
  readonly cas: string
  /** False while a graph is left out for an intent that is pending: its apply is at its last step, or was killed there, and ends it without moving the ledger. */
  readonly settled: boolean
  /**
   * Goes on to the revision that is recorded now, whole or not at all: a throw leaves what
   * is served. Not to be called while a call is under way.
   */
  switchOver(): Promise<SwitchedOver>
}

export interface SwitchedOver {
  /** Digest of the ledger that was looked at. */
  readonly cas: string
  /** False when it is served as it was already. */
  readonly switched: boolean
}

/** Throws what is wrong with the cluster as a whole, with one code and its remedy. */
export async function openLiveRevision(options: LiveRevisionOptions): Promise<LiveRevision> {
  const { clusterDir, requireAllGraphs, queryMs, govern, settingsOf, clock, ids, log, observe, environment } =
    options
  const first = await loadApplied(clusterDir, { requireAllGraphs })
  let governance = govern(first)
  const atStart = settingsOf(first)
  let settings = atStart
  const authorize: Authorizer = (request) => governance.authorize(request)
  const services = graphServices({ authorize, queryMs, observe, ...(environment && { environment }) })
  const open = (applied: AppliedRevision) =>
    openRevision(applied, {
      services,
      clock,
      ids,
      requireAllGraphs,
      log,
      ...(environment && { environment }),
    })
  let cas = first.cas
  const slot = new RevisionSlot(await open(first), (err) => log.error({ err }, 'closing a revision failed'))
  logQuarantine(slot.current, log)
  return {
    slot,
    authorize,
    cas: first.cas,
    get mode() {
      return governance.mode
    },
    get settings() {
      return settings
    },
    get settled() {
      return !slot.current.quarantined.some(({ code }) => code === 'cluster_recovery_pending')
    },
    async switchOver() {
      const applied = await loadApplied(clusterDir, { requireAllGraphs })
      const governanceNext = govern(applied)
      const settingsNext = settingsOf(applied)
      const next = await open(applied)
      try {
        refuseLoss(slot.current, next)
      } catch (error) {
        await next.close()
        throw error
      }
      if (applied.cas === cas && sameHealth(slot.current, next)) {
        await next.close()
        return { cas, switched: false }
      }
      cas = applied.cas
      governance = governanceNext
      logWaiting(atStart, settings, settingsNext, log)
      settings = settingsNext
      slot.replace(next)
      log.info({ revision: next.revision, graphs: next.graphs.size }, 'serving a new revision')
      logQuarantine(next, log)
      return { cas, switched: true }
    },
  }
}

/** A graph in good health is not given up for one that cannot be opened; a graph the revision no longer has is. */
function refuseLoss(served: ServedRevision, next: ServedRevision): void {
  const lost = next.quarantined.filter(({ graph }) => served.graphs.has(graph))
  const first = lost[0]
  if (!first) return
  throw new ServerError(
    'unavailable',
    first.code,
    `Revision ${next.revision} would take away what is served: ${lost.map((q) => `${q.graph}: ${q.message}`).join('; ')}`,
    { remedy: 'Run "groundplane cluster apply", or repair the graph as the message says.' },
  )
}

/** Whether the same graphs of one ledger are left out, for the same reasons. */
function sameHealth(served: ServedRevision, next: ServedRevision): boolean {
  const reasons = ({ quarantined }: ServedRevision) =>
    quarantined.map(({ graph, code }) => `${graph} ${code}`)
  return reasons(served).sort().join('\n') === reasons(next).sort().join('\n')
}

function logQuarantine({ quarantined }: ServedRevision, log: FastifyBaseLogger): void {
  for (const { graph, code, message } of quarantined) log.warn({ graph, code }, `quarantined: ${message}`)
}

/** Once for each revision that changes one of them. */
function logWaiting(
  atStart: ServerSettings,
  before: ServerSettings,
  next: ServerSettings,
  log: FastifyBaseLogger,
): void {
  const waiting = START_LIMITS.filter(
    (name) => next.limits[name] !== before.limits[name] && next.limits[name] !== atStart.limits[name],
  )
  if (waiting.length > 0) log.warn({ limits: waiting }, 'these limits are in force from the next start')
}
