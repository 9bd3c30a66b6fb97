import { GraphError } from '../error.js'
import { type CommitRow, checkHead, commitInfo, type HeadCommit } from '../storage/history.js'
import { Changeset } from '../write/changeset.js'
import {
  abandonWrite,
  beginWrite,
  finishWrite,
  type OpenWrite,
  refuseErased,
  type WriteEnvironment,
} from '../write/commit-writer.js'
import { relate } from './commit-graph.js'
import { ConflictReport } from './conflict-report.js'
import type { MergeOptions, MergeResult } from './merge-result.js'
import { MergeRun } from './merge-run.js'
import { baseState, ViewState } from './state.js'
import { TouchedEntities } from './touched.js'

/**
 * Merges one branch into another as one commit with two parents, all or nothing;
 * a dry run does the same and rolls back. A fast-forward is a commit too: the
 * target's own line of history stays unbroken. The lock is held from the reading
 * of both heads to the end, so what was compared is what is merged. `onMigration` is
 * called, under that lock and before any effect, when the source's schema would become
 * the target's; what it throws ends the merge.
 */
export function mergeBranch(
  env: WriteEnvironment,
  options: MergeOptions,
  onMigration: () => void,
): MergeResult {
  const target = options.target ?? 'main'
  if (options.source === target) {
    throw new GraphError('invalid', 'merge_same_branch', `${target} cannot be merged into itself.`, {
      remedy: 'Name two different branches.',
    })
  }
  const write = beginWrite(env, { ...options, branch: target }, 'schema')
  const branch = env.history.branch(options.source)
  const source = env.history.at(branch.head_seq)
  const expected = options.ifSourceCommit
  checkHead(source, expected === undefined ? {} : { ifCommit: expected }, branch.name)
  return new Merge(env, options, write, source, target, onMigration).run()
}

class Merge {
  readonly #env: WriteEnvironment
  readonly #options: MergeOptions
  readonly #write: OpenWrite
  readonly #source: CommitRow
  readonly #target: string
  readonly #sourceOnly: readonly number[]
  readonly #bases: readonly number[]
  readonly #movesSchema: boolean

  constructor(
    env: WriteEnvironment,
    options: MergeOptions,
    write: OpenWrite,
    source: CommitRow,
    target: string,
    onMigration: () => void,
  ) {
    this.#env = env
    this.#options = options
    const { rightOnly, bases } = relate(env.db, [write.head.seq], [source.seq])
    this.#sourceOnly = rightOnly
    this.#bases = bases
    this.#movesSchema = movesSchema(env, write.head, source, bases)
    if (this.#movesSchema) onMigration()
    this.#write = this.#movesSchema ? underSchema(env, write, source.schema_version) : write
    refuseErased(this.#write.changes.schema, target)
    this.#source = source
    this.#target = target
  }

  run(): MergeResult {
    const { db, history, schemas } = this.#env
    const { head, changes } = this.#write
    const bases = this.#bases
    if (bases[0] === this.#source.seq) return this.#nothing(bases)
    const fastForward = bases[0] === head.seq
    const report = new ConflictReport(db, this.#options.source, this.#target)
    const merge = new MergeRun({
      changes,
      touched: new TouchedEntities(db, this.#sourceOnly),
      base: baseState(db, history, bases),
      source: new ViewState(db, history.viewAt(this.#source.br, this.#source.seq)),
      sourceSchema: schemas.at(this.#source.schema_version),
      fastForward,
      movesSchema: this.#movesSchema,
      report,
      preview: this.#options.dryRun === true,
    })
    merge.run()
    if (merge.differing === 0 && report.total === 0 && !this.#movesSchema) return this.#nothing(bases)
    return this.#finish(bases, fastForward ? 'fast-forward' : 'merged', report, merge)
  }

  #finish(
    bases: readonly number[],
    outcome: MergeResult['outcome'],
    report: ConflictReport,
    merge: MergeRun,
  ): MergeResult {
    const counts = { ...this.#write.changes.counts }
    if (this.#options.dryRun) {
      abandonWrite(this.#env)
      return {
        ...this.#result(bases, outcome),
        changes: counts,
        conflicts: report.conflicts,
        preview: merge.preview,
      }
    }
    if (report.total > 0) throw report.error()
    const { schema_version: version, schema_digest: digest } = this.#source
    const schema = this.#movesSchema ? { version, digest } : undefined
    const message = this.#options.message ?? `merge ${this.#options.source} into ${this.#target}`
    const ctx = { ...this.#options, message }
    const row = finishWrite(this.#env, this.#write, ctx, 'merge', schema, {
      parentSeq: this.#source.seq,
      parentId: this.#source.id,
    })
    return { ...this.#result(bases, outcome), changes: counts, commit: row && commitInfo(row) }
  }

  /** The target has all of it. */
  #nothing(bases: readonly number[]): MergeResult {
    abandonWrite(this.#env)
    const result = this.#result(bases, 'already-up-to-date')
    return this.#options.dryRun ? { ...result, preview: [] } : result
  }

  #result(bases: readonly number[], outcome: MergeResult['outcome']): MergeResult {
    return {
      outcome,
      source: this.#options.source,
      target: this.#target,
      sourceCommit: this.#source.id,
      targetCommit: this.#write.head.id,
      bases: bases.map((seq) => this.#env.history.at(seq).id),
      changes: { inserted: 0, updated: 0, deleted: 0 },
      commit: null,
      dryRun: this.#options.dryRun === true,
      conflicts: [],
    }
  }
}

/**
 * Whether the source's schema becomes the target's: the side that has migrated
 * since the base wins. Two migrations apart from one another are not merged.
 */
function movesSchema(
  env: WriteEnvironment,
  target: HeadCommit,
  source: CommitRow,
  bases: readonly number[],
): boolean {
  if (source.schema_version === target.schema_version) return false
  const before = bases.map((seq) => env.history.at(seq).schema_version)
  if (before.includes(source.schema_version)) return false
  if (before.includes(target.schema_version)) return true
  throw new GraphError(
    'conflict',
    'merge_schemas_diverged',
    'Both branches have changed their schema since they parted.',
    {
      remedy:
        'Export the changes of one branch, and load them into a branch made from the other; migrate one branch at a time.',
      details: { source: source.schema_digest, target: target.schema_digest },
    },
  )
}

function underSchema(env: WriteEnvironment, write: OpenWrite, version: number): OpenWrite {
  const { db, view, br, seq } = write.changes
  const schema = env.schemas.at(version)
  return { ...write, changes: new Changeset({ db, schema, view, br, seq, ids: env.ids }) }
}
