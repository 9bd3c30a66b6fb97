import Database from 'better-sqlite3'

/** Branches off main's head by writing the branch row; for tests that need a branch and not the branch commands. */
export function forkMain(root: string, name: string): void {
  const db = new Database(`${root}/graph.db`)
  try {
    db.prepare(
      'INSERT INTO branches(name, head_seq, parent_br, fork_seq, created_at) SELECT ?, head_seq, 1, head_seq, 0 FROM heads WHERE br = 1',
    ).run(name)
  } finally {
    db.close()
  }
}
