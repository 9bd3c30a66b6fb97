import { GroundplaneError } from '@groundplane/core'
import type { MergeConflict, MergeResult } from '@groundplane/graph'
import { confirmed } from '../consent.js'
import type { GraphAddress } from '../graph-target.js'
import { showRows, type Wanted } from '../listing.js'
import { onGraph } from '../on-graph.js'
import { note, print, printJson } from '../output.js'
import { branchesOver, createBranchOver, deleteBranchOver, mergeOver } from './remote-branches.js'

interface BranchOptions extends GraphAddress, Wanted {
  readonly from?: string
  readonly into?: string
  readonly ifCommit?: string
  readonly deleteBranch?: boolean
  readonly dryRun?: boolean
  readonly message?: string
  readonly yes?: boolean
}

/** No branch can have a name that reads as a commit id. */
const COMMIT_ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export async function runBranchCreate(
  name: string,
  root: string | undefined,
  options: BranchOptions,
): Promise<number> {
  const branch = await onGraph(
    { ...options, root },
    'write',
    ({ graph, principal }) =>
      graph.createBranch(name, {
        ...startOf(options.from),
        ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
        ...(principal && { principal }),
      }),
    (remote) => createBranchOver(remote, name, options),
  )
  if (options.json) printJson({ ok: true, branch })
  else print(`created ${branch.name} at ${branch.head}`)
  return 0
}

function startOf(from: string | undefined): { from?: string; fromCommit?: string } {
  if (from === undefined) return {}
  return COMMIT_ID.test(from) ? { fromCommit: from } : { from }
}

export async function runBranchList(root: string | undefined, options: BranchOptions): Promise<number> {
  const branches = await onGraph(
    { ...options, root },
    'read',
    (target) => target.graph.branches(target),
    branchesOver,
  )
  const rows = branches.map((b) => ({ branch: b.name, head: b.head, parent: b.parent, at: b.createdAt }))
  await showRows({ branches }, ['branch', 'head', 'parent', 'at'], rows, options)
  return 0
}

export async function runBranchDelete(
  name: string,
  root: string | undefined,
  options: BranchOptions,
): Promise<number> {
  // A branch of a graph that others share may be somebody's work.
  const consent = (graph: string) => confirmed(`Delete branch ${name} of ${graph}?`, options)
  const branch = await onGraph(
    { ...options, root },
    'write',
    async ({ graph, managed, principal }) => {
      if (managed) await consent(graph.id)
      return graph.deleteBranch(name, {
        ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
        ...(principal && { principal }),
      })
    },
    async (remote) => {
      await consent(remote.id)
      return deleteBranchOver(remote, name, options)
    },
  )
  if (options.json) printJson({ ok: true, branch })
  else print(`deleted ${branch.name}; its head was ${branch.head}`)
  return 0
}

/** Exit code 1 when there are conflicts; then nothing has happened. */
export async function runBranchMerge(
  source: string,
  root: string | undefined,
  options: BranchOptions,
): Promise<number> {
  const into = options.into ?? 'main'
  try {
    const result = await onGraph(
      { ...options, root },
      options.dryRun ? 'preview' : 'write',
      ({ graph, principal }) =>
        graph.merge({
          source,
          target: into,
          ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
          ...(options.message !== undefined && { message: options.message }),
          ...(options.dryRun && { dryRun: true }),
          ...(options.deleteBranch && { deleteBranch: true }),
          ...(principal && { principal }),
        }),
      (remote) => mergeOver(remote, { ...options, source, target: into }),
    )
    if (options.json) printJson({ ok: result.conflicts.length === 0, ...result })
    else show(result)
    if (result.branchDeleteError)
      note(`warning: ${source} was merged but not deleted: ${result.branchDeleteError.message}`)
    return result.conflicts.length === 0 ? 0 : 1
  } catch (error) {
    if (!(error instanceof GroundplaneError) || error.code !== 'merge_conflict' || options.json) throw error
    showConflicts((error.details?.conflicts ?? []) as MergeConflict[], Number(error.details?.total))
    return 1
  }
}

function show(result: MergeResult): void {
  if (result.conflicts.length > 0) {
    showConflicts(result.conflicts, result.conflicts.length)
    return
  }
  const { inserted, updated, deleted } = result.changes
  const what = `${inserted} inserted, ${updated} updated, ${deleted} deleted`
  const done = result.dryRun ? 'dry run, nothing was written' : `commit ${result.commit?.id ?? 'none'}`
  if (result.outcome === 'already-up-to-date') print(`${result.target} has all of ${result.source} already`)
  else print(`${result.outcome}: ${what}; ${done}`)
  for (const c of result.preview ?? []) print(`  ${c.op} ${c.type} ${c.id}`)
}

function showConflicts(conflicts: readonly MergeConflict[], total: number): void {
  print(`${total} ${total === 1 ? 'conflict' : 'conflicts'}; nothing was merged`)
  for (const c of conflicts) print(`  ${c.kind}: ${c.message}\n    ${c.remedy}`)
}
