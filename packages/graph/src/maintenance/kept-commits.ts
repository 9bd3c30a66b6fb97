import type { Db } from '../storage/database.js'
import type { WriteEnvironment } from '../write/commit-writer.js'

export interface KeptCommit {
  readonly br: number
  readonly seq: number
}

/**
 * The commits that stay readable: by the rules given, and in any case the heads
 * of live branches, the points branches in use were forked at, and the merge
 * bases of live branches, which later merges read.
 */
export function keptCommits(
  env: WriteEnvironment,
  rules: { readonly keep?: number; readonly olderThanMs?: number },
): KeptCommit[] {
  const { db, history } = env
  const kept = new Map<number, number>()
  const forkOf = db.prepare<[number], { parent_br: number | null; fork_seq: number | null }>(
    'SELECT parent_br, fork_seq FROM branches WHERE br = ?',
  )
  const keepLine = (br: number): void => {
    const fork = forkOf.get(br)
    if (fork && fork.parent_br !== null && fork.fork_seq !== null) keep(fork.fork_seq)
  }
  const brOf = db.prepare<[number], number>('SELECT br FROM commits WHERE seq = ?').pluck()
  const keep = (seq: number): void => {
    if (kept.has(seq)) return
    const br = brOf.get(seq) as unknown as number
    kept.set(seq, br)
    keepLine(br)
  }
  const live = db
    .prepare('SELECT br, name, head_seq FROM heads WHERE deleted_at IS NULL ORDER BY br')
    .all() as { br: number; name: string; head_seq: number }[]
  for (const { br, name, head_seq } of live) {
    keep(head_seq)
    keepLine(br)
    if (rules.keep !== undefined) {
      for (const commit of history.list({ branch: name, limit: rules.keep })) keep(commit.seq)
    }
  }
  for (const base of mergeBases(
    db,
    live.map((b) => b.head_seq),
  ))
    keep(base)
  if (rules.olderThanMs !== undefined) {
    const young = db
      .prepare('SELECT seq FROM commits WHERE at_ms >= ?')
      .pluck()
      .all(env.clock() - rules.olderThanMs) as number[]
    for (const seq of young) keep(seq)
  }
  return [...kept].map(([seq, br]) => ({ seq, br }))
}

/**
 * For every two heads, their common ancestors that are not ancestors of another
 * common one. Ancestors of a common commit are common, so those are the common
 * commits that are no parent of a common commit.
 */
function mergeBases(db: Db, heads: readonly number[]): ReadonlySet<number> {
  const rows = db.prepare('SELECT seq, parent_seq, merge_parent_seq FROM commits').raw(true).iterate()
  const parents = new Map<number, readonly number[]>()
  for (const row of rows) {
    const [seq, ...of] = row as [number, number | null, number | null]
    parents.set(
      seq,
      of.filter((p): p is number => p !== null),
    )
  }
  const lines = heads.map((head) => ancestors(parents, head))
  const bases = new Set<number>()
  lines.forEach((a, i) => {
    for (const b of lines.slice(i + 1)) {
      const common = [...a].filter((seq) => b.has(seq))
      const covered = new Set(common.flatMap((seq) => parents.get(seq) ?? []))
      for (const seq of common) if (!covered.has(seq)) bases.add(seq)
    }
  })
  return bases
}

function ancestors(parents: ReadonlyMap<number, readonly number[]>, head: number): ReadonlySet<number> {
  const seen = new Set([head])
  for (const seq of seen) for (const parent of parents.get(seq) ?? []) seen.add(parent)
  return seen
}
