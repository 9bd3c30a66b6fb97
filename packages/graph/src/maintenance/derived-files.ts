import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DERIVED_DIR, readDerivedFile } from '../derived/derived-file.js'
import { isRemoved } from '../storage/removed-commits.js'
import type { WriteEnvironment } from '../write/commit-writer.js'

export interface DerivedFinding {
  readonly name: string
  readonly path: string
  /** Why it is of no use; null for one that may be used. */
  readonly problem: string | null
}

const PROBLEMS = {
  missing: 'it was gone',
  damaged: 'it was damaged',
  foreign: 'it was made from another graph',
  'other-version': 'it was made on another kind of machine',
}

/** Every derived file of a graph, and whether it may be used. `isReadable`: of a commit, whether its data can be read. */
export function derivedFiles(
  root: string,
  graph: string,
  isReadable: (commit: string) => boolean,
): DerivedFinding[] {
  return namesIn(join(root, DERIVED_DIR)).map((name) => ({
    name,
    path: join(root, DERIVED_DIR, name),
    problem: problemOf(root, graph, name, isReadable),
  }))
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort()
  } catch {
    return []
  }
}

function problemOf(
  root: string,
  graph: string,
  name: string,
  isReadable: (commit: string) => boolean,
): string | null {
  if (name.endsWith('.tmp')) return 'it was not written to its end'
  const found = readDerivedFile(root, { graph, kind: name })
  if (found.reason !== undefined) return PROBLEMS[found.reason]
  return isReadable(found.commit) ? null : 'its commit is not there, or cannot be read any more'
}

/** Removes a file of `derivedFiles`; one that is being written is written again by who misses it. */
export function removeDerived({ path }: DerivedFinding): void {
  rmSync(path, { recursive: true, force: true })
}

/** Whether the graph has a commit, with its data. */
export function isReadable(
  { db, history }: Pick<WriteEnvironment, 'db' | 'history'>,
  commit: string,
): boolean {
  const found = history.findCommit(commit)
  return found !== undefined && !isRemoved(db, found.seq)
}
