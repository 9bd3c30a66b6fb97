import type { Diagnostic } from '@groundplane/core'
import { StorageError } from '@groundplane/storage'
import { type ClusterRoot, REVISION_PREFIX } from './cluster-root.js'
import { type Ledger, parseLedger, type StoredLedger } from './ledger.js'
import { problem } from './problem.js'

/**
 * Past ledgers: `__cluster/revisions/<revision>-<first 12 hex of its SHA-256>.json`,
 * the bytes as they were. One is put aside just before the next replaces it, so a
 * revision stands here or is the current one, at a crash perhaps both. Only `gc`
 * removes any.
 */
export interface PastRevision {
  readonly key: string
  readonly revision: number
}

const NAME = /^(\d+)-[0-9a-f]{12}\.json$/

/** Puts a ledger aside. Twice is the same as once: the name is that of the content. */
export async function archiveRevision(
  root: ClusterRoot,
  { ledger, cas, bytes }: StoredLedger,
): Promise<void> {
  const hash = cas.slice('sha256:'.length, 'sha256:'.length + 12)
  const key = `${REVISION_PREFIX}${String(ledger.state_revision).padStart(8, '0')}-${hash}.json`
  try {
    await root.storage.put(key, bytes, { ifNoneMatch: true })
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'precondition_failed') throw error
  }
}

/** Oldest first. Files that are none of ours are left out. */
export async function listRevisions(root: ClusterRoot): Promise<PastRevision[]> {
  const found: PastRevision[] = []
  for (const key of await root.storage.list(REVISION_PREFIX)) {
    const revision = NAME.exec(key.slice(REVISION_PREFIX.length))?.[1]
    if (revision !== undefined) found.push({ key, revision: Number(revision) })
  }
  return found.sort((a, b) => a.revision - b.revision || (a.key < b.key ? -1 : 1))
}

export async function readRevision(root: ClusterRoot, { key }: PastRevision): Promise<Ledger | Diagnostic> {
  const stored = await root.storage.get(key)
  if (stored) return parseLedger(stored.body, key)
  return problem(
    'revision_not_found',
    { path: key },
    `${key} was removed while this command ran`,
    'Run it again.',
  )
}
