import type { Principal } from '@groundplane/core'
import { GroundplaneError } from '@groundplane/core'
import type { Catalog } from '../../catalog.js'
import { CatalogError } from '../../model/error.js'
import type { RefusedProposal } from './batch.js'
import { type ChangeCount, ChangeCounts } from './change-counts.js'
import { GmsClient, type GmsTarget } from './gms-client.js'
import type { OutgoingChange } from './outgoing-change.js'
import { outgoingChanges } from './outgoing-changes.js'
import { KeptPublication, type Publication, type PublicationStore } from './publication.js'
import { PublicationRun } from './publication-run.js'
import type { RetryOptions } from './retry.js'

export interface PublishOptions {
  /** Default `main`. */
  readonly branch?: string
  /** Begin anew: everything is sent, whatever is known to be there. */
  readonly full?: boolean
  readonly principal?: Principal
  readonly retry?: RetryOptions
  /** With more records refused something else is wrong than each of them, and the publication stops. Default 1000. */
  readonly maxRefused?: number
  /** After each acknowledgement. */
  readonly onProgress?: (progress: { readonly done: number; readonly sent: number }) => void
}

export interface PublishReport {
  readonly graph: string
  /** Commit the target was at before; null for none. */
  readonly from: string | null
  /** Commit the target is at now. */
  readonly commit: string
  /** Whether an interrupted publication was ended first. */
  readonly resumed: boolean
  /** Changes that were acknowledged, those that were refused not among them. */
  readonly sent: number
  readonly counts: readonly ChangeCount[]
  readonly refused: readonly RefusedProposal[]
}

/**
 * Tells a server of DataHub what has changed on a branch since it was told last: upserts of aspects and events, `status` of
 * entities that are gone, deletions of aspects that are. Nothing is sent before the server has said at `/config` that it is
 * well. The state moves with each acknowledged batch, so that a publisher that is killed anywhere goes on there;
 * what was sent and not yet acknowledged is sent again, which changes nothing. A record the server refuses is reported, the
 * rest lands, and the next publication tries it again. One publisher at a time for a target: another one is told
 * `publication_moved`.
 *
 * Errors: `CatalogError` `gms_… | publication_moved | publication_unreadable | published_commit_gone`, and those of reading the graph.
 */
export async function publishCatalog(
  catalog: Catalog,
  target: GmsTarget,
  store: PublicationStore,
  options: PublishOptions = {},
): Promise<PublishReport> {
  const who = options.principal === undefined ? {} : { principal: options.principal }
  const head = catalog.graph.head(options.branch, who)
  const client = new GmsClient(target, options.retry)
  await client.config()
  const kept = await loaded(store, target, catalog.graph.id, options.full)
  const { commit: from, pending } = kept.value
  const run = new PublicationRun(catalog, client, kept, options)
  const refusedBefore = kept.value.refused
  await sayingWhatIsGone(async () => {
    if (pending) await run.to(pending.to)
    await run.to(head.id)
  })
  await run.again(refusedBefore, head.id)
  const { counts, refused, sent } = run
  return {
    graph: catalog.graph.id,
    from,
    commit: head.id,
    resumed: pending !== undefined,
    sent,
    counts: counts.list(),
    refused,
  }
}

export interface PublishPreview {
  readonly graph: string
  readonly from: string | null
  readonly commit: string
  readonly counts: readonly ChangeCount[]
  /** The first of them. */
  readonly changes: readonly PreviewedChange[]
  /** Records that were refused before, and would be tried again. */
  readonly again: number
}

export interface PreviewedChange {
  readonly op: 'add' | 'change' | 'remove' | 'delete'
  readonly urn: string
  readonly aspectName: string
}

/** Changes that a preview names one by one. */
const MAX_PREVIEWED = 1000

/** What `publishCatalog` would send; asks the server nothing and moves nothing. */
export async function previewPublication(
  catalog: Catalog,
  target: GmsTarget,
  store: PublicationStore,
  options: PublishOptions = {},
): Promise<PublishPreview> {
  const who = options.principal === undefined ? {} : { principal: options.principal }
  const { graph } = catalog
  const head = graph.head(options.branch, who)
  const { value } = await loaded(store, target, graph.id, options.full)
  const counts = new ChangeCounts()
  const changes: PreviewedChange[] = []
  const add = (change: OutgoingChange) => {
    counts.add(change)
    if (change.op === 'withheld' || changes.length >= MAX_PREVIEWED) return
    const { urn, aspectName, op } = change
    changes.push({ op: op === 'upsert' ? (change.isNew ? 'add' : 'change') : op, urn, aspectName })
  }
  await sayingWhatIsGone(async () => {
    for (const span of spansOf(value, head.id)) {
      let place = 0
      for (const change of outgoingChanges(catalog, { ...span, ...who })) if (++place > span.done) add(change)
    }
  })
  return {
    graph: graph.id,
    from: value.commit,
    commit: head.id,
    counts: counts.list(),
    changes,
    again: value.refused.length,
  }
}

function spansOf({ commit, pending }: Publication, head: string) {
  const spans = pending ? [pending] : []
  const last = pending?.to ?? commit
  return last === head ? spans : [...spans, { from: last, to: head, done: 0 }]
}

/** Says what to do when a commit that is needed is not there any more. */
async function sayingWhatIsGone<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    if (!(error instanceof GroundplaneError) || !GONE.has(error.code)) throw error
    throw new CatalogError(
      'gone',
      'published_commit_gone',
      `What changed since the last publication cannot be told: ${error.message}`,
      {
        remedy:
          'Publish with --full: everything is sent again; what was deleted meanwhile stays at the target.',
        cause: error,
      },
    )
  }
}

const GONE: ReadonlySet<string> = new Set(['commit_not_found', 'commit_removed'])

async function loaded(
  store: PublicationStore,
  { url }: GmsTarget,
  graph: string,
  full: boolean | undefined,
): Promise<KeptPublication> {
  return full ? KeptPublication.renew(store, url, graph) : KeptPublication.load(store, url, graph)
}
