import { type AspectUpsert, type EntityRemoval, statusText } from './outgoing-change.js'

/** What the proposals of one export or publication have in common: which commit they are of. */
export interface ProposalOrigin {
  /** Kept as `systemMetadata.runId`, by which DataHub can roll a run back. */
  readonly runId: string
  /** Milliseconds since 1970: when the commit was made. */
  readonly lastObserved: number
}

/** The origin of what is said of one commit; the same for the same commit. */
export function originOf(
  graph: string,
  commit: { readonly id: string; readonly at: string },
): ProposalOrigin {
  return { runId: `groundplane-${graph}-${commit.id}`, lastObserved: Date.parse(commit.at) }
}

/** A change proposal as it is sent: the aspect as a text inside the JSON. */
export function wireProposal(change: AspectUpsert | EntityRemoval, origin: ProposalOrigin): string {
  return proposal(
    change,
    `{"value":${JSON.stringify(textOf(change))},"contentType":"application/json"}`,
    origin,
  )
}

/** A change proposal as it stands in a metadata file: the aspect as JSON, byte for byte as it is recorded. */
export function fileProposal(change: AspectUpsert | EntityRemoval, origin: ProposalOrigin): string {
  return proposal(change, `{"json":${textOf(change)}}`, origin)
}

function textOf(change: AspectUpsert | EntityRemoval): string {
  return change.op === 'remove' ? statusText(true) : change.text
}

function proposal(
  { entityType, urn, aspectName }: AspectUpsert | EntityRemoval,
  aspect: string,
  { runId, lastObserved }: ProposalOrigin,
): string {
  const system = { lastObserved, runId, lastRunId: runId }
  return `{"entityType":${JSON.stringify(entityType)},"entityUrn":${JSON.stringify(urn)},"changeType":"UPSERT","aspectName":${JSON.stringify(aspectName)},"aspect":${aspect},"systemMetadata":${JSON.stringify(system)}}`
}
