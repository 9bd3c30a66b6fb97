import { type CatalogApi, keyAspectOf, type RejectedProposal, tryParseUrn } from '@groundplane/catalog'
import { GroundplaneError } from '@groundplane/core'
import type { WriteContext } from '@groundplane/graph'
import { ServerError } from '../server-error.js'

type Wire = Readonly<Record<string, unknown>>

/** What became of a batch of proposals. */
interface Landed {
  readonly recorded: number
  readonly rejected: readonly RejectedProposal[]
}

/**
 * Writes proposals in DataHub's wire form, in their order. The good ones are recorded whatever is
 * wrong with others; each refused one is named in the error that is then thrown. Deletions among
 * them are commits of their own. Nothing is written when the caller may not write at all.
 */
export function landProposals(catalog: CatalogApi, proposals: readonly unknown[], ctx: WriteContext): void {
  const { recorded, rejected } = land(catalog, proposals, withRun(ctx, proposals))
  const [first] = rejected
  if (!first) return
  const { code, message, remedy } = first
  if (proposals.length === 1) throw new ServerError('unprocessable', code, message, { remedy })
  const named = rejected.map((r) => `[${r.index}] ${r.urn ?? ''} ${r.aspectName ?? ''}: ${r.message}`)
  throw new ServerError(
    'unprocessable',
    'proposals_refused',
    `${rejected.length} of ${proposals.length} proposals were refused, ${recorded} are recorded. ${named.slice(0, 20).join(' ')}`,
    {
      remedy:
        'Correct the proposals named in `diagnostics` and send them again; the others need not be sent.',
      diagnostics: rejected.map((r) => ({
        code: r.code,
        severity: 'error',
        message: r.message,
        remedy: r.remedy,
        path: `proposals.${r.index}`,
        details: { urn: r.urn, aspectName: r.aspectName },
      })),
    },
  )
}

function land(catalog: CatalogApi, proposals: readonly unknown[], ctx: WriteContext): Landed {
  let recorded = 0
  const rejected: RejectedProposal[] = []
  const take = (from: number, landed: Landed) => {
    recorded += landed.recorded
    rejected.push(...landed.rejected.map((r) => ({ ...r, index: r.index + from })))
  }
  let start = 0
  for (let i = 0; i <= proposals.length; i++) {
    const deletes = i < proposals.length && isDeletion(proposals[i])
    if (i < proposals.length && !deletes) continue
    if (i > start) take(start, ingest(catalog, proposals.slice(start, i), ctx))
    if (deletes) take(i, deletion(catalog, proposals[i] as Wire, ctx))
    start = i + 1
  }
  return { recorded, rejected }
}

/** What the store itself refuses fails a whole commit: halves are tried until the one at fault stands alone. */
function ingest(catalog: CatalogApi, proposals: readonly unknown[], ctx: WriteContext): Landed {
  try {
    const { written, unchanged, rejected } = catalog.ingestWire(proposals, ctx)
    return { recorded: written + unchanged, rejected }
  } catch (error) {
    if (!(error instanceof GroundplaneError) || !DATA_AT_FAULT.has(error.kind)) throw error
    if (proposals.length === 1) return { recorded: 0, rejected: [refusedByStore(proposals[0], error)] }
    const half = proposals.length >> 1
    const first = ingest(catalog, proposals.slice(0, half), ctx)
    const second = ingest(catalog, proposals.slice(half), ctx)
    return {
      recorded: first.recorded + second.recorded,
      rejected: [...first.rejected, ...second.rejected.map((r) => ({ ...r, index: r.index + half }))],
    }
  }
}

const DATA_AT_FAULT: ReadonlySet<string> = new Set(['invalid', 'unprocessable', 'too-large'])

function refusedByStore(proposal: unknown, error: GroundplaneError): RejectedProposal {
  const { code, message, remedy = 'Correct the aspect.' } = error
  return { ...headOf(proposal), index: 0, code, message, remedy }
}

function isDeletion(proposal: unknown): proposal is Wire {
  return typeof proposal === 'object' && proposal !== null && (proposal as Wire)['changeType'] === 'DELETE'
}

/** Of the key aspect: the entity. Of another: that aspect. */
function deletion(catalog: CatalogApi, proposal: Wire, ctx: WriteContext): Landed {
  const { urn, aspectName } = headOf(proposal)
  const parsed = tryParseUrn(urn ?? '')
  if (typeof parsed === 'string') {
    const message = `"${urn}" is not a URN: ${parsed}.`
    const refusal = { code: 'urn_invalid', message, remedy: 'Correct the URN.' }
    return { recorded: 0, rejected: [{ index: 0, urn, aspectName, ...refusal }] }
  }
  if (aspectName === null || aspectName === keyAspectOf(parsed.entityType))
    catalog.deleteEntity(parsed.urn, ctx)
  else catalog.deleteAspect(parsed.urn, aspectName, ctx)
  return { recorded: 1, rejected: [] }
}

function headOf(proposal: unknown): { urn: string | null; aspectName: string | null } {
  const { entityUrn, aspectName } = (proposal ?? {}) as Wire
  return {
    urn: typeof entityUrn === 'string' ? entityUrn : null,
    aspectName: typeof aspectName === 'string' ? aspectName : null,
  }
}

/** Characters of the name of a run that is kept with a commit. */
const MAX_RUN_ID = 500

/** The run of the producer, as the first proposal names it, is kept with the commit; who writes is known from the token alone. */
function withRun(ctx: WriteContext, proposals: readonly unknown[]): WriteContext {
  const { systemMetadata } = (proposals[0] ?? {}) as { systemMetadata?: { runId?: unknown } | null }
  const runId = systemMetadata?.runId
  if (typeof runId !== 'string' || runId === '' || runId.length > MAX_RUN_ID)
    return { message: 'DataHub proposals', ...ctx }
  return { message: `DataHub run ${runId}`, ...ctx, provenance: { ...ctx.provenance, runId } }
}
