import type { Clock, Diagnostic, UlidSource } from '@groundplane/core'
import type { LoadOptions, LoadProgress, LoadResult } from '../api.js'
import { startAt } from '../branch/branch-info.js'
import { checkBranchName } from '../branch/branch-name.js'
import { addBranch, createBranch } from '../branch/branches.js'
import type { FilledVectors } from '../embedding/filled-vectors.js'
import { GraphError, MAX_REPORTED_VIOLATIONS } from '../error.js'
import { Lifeline } from '../query/deadline.js'
import { openDatabase, translated } from '../storage/database.js'
import { commitInfo, History } from '../storage/history.js'
import { SchemaStore } from '../storage/schema-store.js'
import { externalBlobsOf } from '../value/blob-input.js'
import { abandonWrite, beginWrite, finishWrite, type WriteEnvironment } from '../write/commit-writer.js'
import { numberedLines } from './lines.js'
import { LoadRun } from './load-run.js'

const PROGRESS_LINES = 5000
const LOAD_CACHE_KIB = 65_536

type Source = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

/**
 * One load, one commit. Holds the graph's write lock while it reads its source,
 * which therefore must be at hand (see staging.ts).
 * Memory does not grow with the data except for about five bytes per entity.
 */
export async function loadLines(
  root: string,
  source: Source,
  options: LoadOptions,
  given: Pick<WriteEnvironment, 'db' | 'clock' | 'ids'>,
): Promise<LoadResult> {
  const db = openDatabase(root, new Lifeline(), {
    cacheKiB: LOAD_CACHE_KIB,
    mapBytes: 0,
    externalBlobs: externalBlobsOf(given.db),
  })
  const env: WriteEnvironment = {
    db,
    history: new History(db),
    schemas: new SchemaStore(db),
    ...pickSources(given),
  }
  try {
    return await run(env, source, options)
  } catch (error) {
    abandonWrite(env)
    throw translated(error)
  } finally {
    db.close()
  }
}

function pickSources(given: { readonly clock: Clock; readonly ids: UlidSource }): {
  clock: Clock
  ids: UlidSource
} {
  return { clock: given.clock, ids: given.ids }
}

async function run(env: WriteEnvironment, source: Source, options: LoadOptions): Promise<LoadResult> {
  const { branch = 'main', from } = options
  let branchCreated = false
  const write = beginWrite(env, options, 'data', () => {
    branchCreated = from !== undefined && beginBranch(env, branch, from)
  })
  const load = new LoadRun(write.changes, options.mode)
  let reported = 0
  const report = (phase: LoadProgress['phase']): void => {
    options.onProgress?.({ lines: load.lines, nodes: load.nodes, edges: load.edges, phase })
  }
  for await (const batch of numberedLines(source)) {
    for (const { text, line } of batch) {
      load.take(text, line)
      if (load.lines - reported >= PROGRESS_LINES) {
        reported = load.lines
        report('reading')
      }
    }
    if (load.rejected >= MAX_REPORTED_VIOLATIONS) throw rejected(load)
  }
  report('linking')
  load.link()
  if (load.rejected === 0) load.removeUnlisted()
  if (load.rejected > 0) throw rejected(load)
  report('checking')
  const filled = options.filled?.()
  for (const name of filled?.properties ?? []) {
    const [type, property] = name.split('.') as [string, string]
    write.changes.recordFilled({ type, property }, (filled as FilledVectors).model)
  }
  const result = finish(env, write, options, load)
  // A load that changes nothing is undone, and its branch with it: the branch was asked for all the same.
  if (branchCreated && result.commit === null) createBranch(env, branch, startAt(from as string))
  return { ...result, branchCreated }
}

/** False when there is such a branch already. */
function beginBranch(env: WriteEnvironment, branch: string, from: string): boolean {
  checkBranchName(branch)
  if (env.history.findBranch(branch)) return false
  addBranch(env, branch, startAt(from))
  return true
}

function finish(
  env: WriteEnvironment,
  write: ReturnType<typeof beginWrite>,
  options: LoadOptions,
  load: LoadRun,
): Omit<LoadResult, 'branchCreated'> {
  const counts = { ...write.changes.counts }
  const { nodes, edges, types, unchanged, warnings } = load
  const result = { nodes, edges, types, unchanged, warnings }
  try {
    const commit = finishWrite(env, write, options, 'load')
    return { ...result, ...counts, commit: commit && commitInfo(commit) }
  } catch (error) {
    if (!(error instanceof GraphError) || error.code !== 'constraint_violation') throw error
    const located = (error.diagnostics ?? []).map((d) => load.locate(d))
    throw rejectedError(located, Number(error.details?.total ?? located.length))
  }
}

function rejected(load: LoadRun): GraphError {
  return rejectedError(load.violations, load.rejected)
}

function rejectedError(violations: readonly Diagnostic[], total: number): GraphError {
  const lines = total === 1 ? 'One mistake was found in the data' : `${total} mistakes were found in the data`
  return new GraphError('unprocessable', 'load_rejected', `${lines}; nothing was loaded.`, {
    remedy: 'Correct the lines that the diagnostics name, then load again.',
    diagnostics: violations,
    details: { total },
  })
}
