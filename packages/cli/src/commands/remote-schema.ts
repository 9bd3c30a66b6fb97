import type { SchemaPlanOutput } from '@groundplane/client'
import type { Diagnostic } from '@groundplane/core'
import type { CommitInfo, MigrationPlan, MigrationStep } from '@groundplane/graph'
import { commitOf, type RemoteGraph } from '../remote-graph.js'

/** Schemas of a graph of a server, as a graph here gives them. */

interface Wanted {
  readonly branch?: string | undefined
  readonly snapshot?: string | undefined
  readonly allowDataLoss?: boolean | undefined
  readonly ifCommit?: string | undefined
}

/** What an apply did. */
export interface Applied {
  readonly steps: readonly MigrationStep[]
  readonly commit: CommitInfo | null
}

export async function schemaOver(
  remote: RemoteGraph,
  { branch, snapshot }: Wanted,
): Promise<{ readonly source: string; readonly digest: string }> {
  const { schema_source, schema_digest } = await remote.ask(
    remote.client.schema({
      ...(branch !== undefined && { branch }),
      ...(snapshot !== undefined && { snapshot }),
    }),
  )
  return { source: schema_source, digest: schema_digest }
}

export async function planOver(remote: RemoteGraph, source: string, wanted: Wanted): Promise<MigrationPlan> {
  const plan = await remote.ask(remote.client.planSchema(requestOf(source, wanted)))
  return {
    supported: plan.supported,
    steps: stepsOf(plan),
    diagnostics: plan.diagnostics as unknown as Diagnostic[],
    commit: commitOf(await remote.ask(remote.client.commit(plan.receipt.commit))),
  }
}

/** Fails as the server refuses; every server of a cluster does. */
export async function applyOver(remote: RemoteGraph, source: string, wanted: Wanted): Promise<Applied> {
  const condition = wanted.ifCommit === undefined ? {} : { ifCommit: wanted.ifCommit }
  const done = await remote.ask(remote.client.applySchema(requestOf(source, wanted), condition))
  const commit = done.applied ? await remote.ask(remote.client.commit(done.receipt.commit)) : null
  return { steps: stepsOf(done), commit: commit && commitOf(commit) }
}

function requestOf(source: string, { branch, allowDataLoss }: Wanted) {
  return {
    schema_source: source,
    ...(branch !== undefined && { branch }),
    ...(allowDataLoss && { allow_data_loss: true }),
  }
}

function stepsOf({ steps }: Pick<SchemaPlanOutput, 'steps'>): MigrationStep[] {
  return steps as unknown as MigrationStep[]
}
