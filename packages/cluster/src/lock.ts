import { hostname } from 'node:os'
import { type Diagnostic, isoTime, isProcessGone, processIdentity } from '@groundplane/core'
import { StorageError } from '@groundplane/storage'
import { z } from 'zod'
import { type ClusterRoot, LOCK_KEY, objectPath } from './cluster-root.js'
import type { Environment } from './environment.js'
import { failure, problem, warning } from './problem.js'
import { parseVersioned } from './versioned-document.js'

/** `__cluster/lock.json`, version 1. */
export interface LockRecord {
  readonly version: 1
  readonly lock_id: string
  readonly operation: string
  readonly created_at: string
  readonly pid: number
  readonly host: string
  readonly actor?: string
  /** `processIdentity` of the owner; absent in a lock written by another program. */
  readonly owner?: string
}

const shape = z.looseObject({
  version: z.literal(1),
  lock_id: z.string().min(1),
  operation: z.string(),
  created_at: z.string(),
  pid: z.number(),
  host: z.string().default(''),
  actor: z.string().optional(),
  owner: z.string().optional(),
})

export interface HeldLock {
  readonly record: LockRecord
  /** The lock of a process that was killed, which this one took the place of. */
  readonly abandoned?: LockRecord
  /** Removes the lock if it is still this one. Undefined when that worked. */
  release(): Promise<Diagnostic | undefined>
}

/** The lock file as found: null when free, with its tag when held, or why it is unreadable. */
export async function readLock(
  root: ClusterRoot,
): Promise<{ record: LockRecord; etag: string } | null | Diagnostic> {
  const place = { path: LOCK_KEY }
  let stored: Awaited<ReturnType<ClusterRoot['storage']['get']>>
  try {
    stored = await root.storage.get(LOCK_KEY)
  } catch (error) {
    return failure(
      'state_lock_read_error',
      place,
      'the lock file cannot be read',
      error,
      'Check permissions.',
    )
  }
  if (!stored) return null
  const parsed = parseVersioned(stored.body, shape)
  if ('value' in parsed) return { record: parsed.value as LockRecord, etag: stored.etag }
  if (parsed.why === 'version') {
    return problem(
      'unsupported_state_lock_version',
      place,
      `the lock file has version ${parsed.version}; this program reads version 1`,
      'Use the groundplane version that wrote it.',
    )
  }
  return problem(
    'invalid_state_lock',
    place,
    `the lock file is ${parsed.why === 'not-json' ? 'not JSON' : `malformed at ${parsed.at}`}: ${parsed.message}`,
    `Make sure no cluster command runs, look at ${objectPath(root, LOCK_KEY)}, and remove it by hand.`,
  )
}

/**
 * Takes the lock for one command, or says who holds it. Never waits. A lock is
 * broken in one case only: its owner named itself and is certainly gone (this machine,
 * this boot, no such process any more); then exactly that lock is removed and
 * the caller is told whose it was. Any other lock stays until `forceUnlock`.
 */
export async function acquireLock(
  root: ClusterRoot,
  operation: string,
  env: Environment,
): Promise<HeldLock | Diagnostic> {
  const record: LockRecord = {
    version: 1,
    lock_id: env.ids.next(),
    operation,
    created_at: isoTime(env.clock()),
    pid: process.pid,
    host: hostname(),
    owner: processIdentity(),
    ...(env.actor !== undefined && { actor: env.actor }),
  }
  const first = await tryAcquire(root, record, env)
  if (!('abandonedEtag' in first)) return first
  const { abandonedEtag, abandoned } = first
  try {
    await root.storage.delete(LOCK_KEY, { ifMatch: abandonedEtag })
  } catch (error) {
    // Someone else was quicker; then the lock is theirs and the second try says so.
    if (!(error instanceof StorageError) || error.code !== 'precondition_failed') throw error
  }
  const second = await tryAcquire(root, record, env)
  if ('abandonedEtag' in second) return heldBy(second.abandoned, env)
  return isHeld(second) ? { ...second, abandoned } : second
}

export function isHeld(outcome: HeldLock | Diagnostic): outcome is HeldLock {
  return 'release' in outcome
}

interface Abandoned {
  readonly abandoned: LockRecord
  readonly abandonedEtag: string
}

async function tryAcquire(
  root: ClusterRoot,
  record: LockRecord,
  env: Environment,
): Promise<HeldLock | Diagnostic | Abandoned> {
  try {
    const { etag } = await root.storage.put(LOCK_KEY, `${JSON.stringify(record, null, 2)}\n`, {
      ifNoneMatch: true,
    })
    return { record, release: () => release(root, etag) }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'precondition_failed') {
      return failure(
        'state_lock_error',
        { path: LOCK_KEY },
        'the lock cannot be taken',
        error,
        'Check permissions and free space.',
      )
    }
  }
  const found = await readLock(root)
  if (found === null)
    return problem(
      'state_lock_held',
      { path: LOCK_KEY },
      'another command held the lock a moment ago',
      'Run the command again.',
    )
  if (!('record' in found)) return found
  const { record: held, etag } = found
  if (held.owner !== undefined && isProcessGone(held.owner)) return { abandoned: held, abandonedEtag: etag }
  return heldBy(held, env)
}

/** What a command says that went on in the place of a killed one. */
export function abandonedLock(held: LockRecord, env: Environment): Diagnostic {
  return warning(
    'state_lock_abandoned',
    { path: LOCK_KEY },
    `the lock ${held.lock_id} of ${describeOwner(held, env)} was removed: that process is not running any more`,
    'Nothing to do: what it left unfinished is repaired by this command or by the next apply.',
  )
}

function heldBy(held: LockRecord, env: Environment): Diagnostic {
  const dead = ownerIsDead(held)
  return problem(
    'state_lock_held',
    { path: LOCK_KEY },
    `the cluster is locked by ${describeOwner(held, env)}${dead ? '; that process is not running any more' : ''}`,
    dead
      ? `Release it: groundplane cluster force-unlock ${held.lock_id}`
      : `Wait for it to finish. If it is certain that it is dead: groundplane cluster force-unlock ${held.lock_id}`,
  )
}

function describeOwner(held: LockRecord, env: Environment): string {
  const who = held.actor === undefined ? '' : ` by ${held.actor}`
  const where = `process ${held.pid} on ${held.host || 'an unknown host'}`
  return `"${held.operation}"${who}, ${where}, ${lockAgeSeconds(held, env)}s ago`
}

/** For the operator's eyes. Without the owner's own identity a reused pid can make a dead owner look alive. */
export function ownerIsDead(held: LockRecord): boolean {
  if (held.owner !== undefined) return isProcessGone(held.owner)
  if (held.host !== hostname()) return false
  try {
    process.kill(held.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

export function lockAgeSeconds(held: LockRecord, env: Environment): number {
  const age = Math.floor((env.clock() - Date.parse(held.created_at)) / 1000)
  return Number.isFinite(age) ? Math.max(0, age) : 0
}

async function release(root: ClusterRoot, etag: string): Promise<Diagnostic | undefined> {
  try {
    await root.storage.delete(LOCK_KEY, { ifMatch: etag })
    return undefined
  } catch (error) {
    if (error instanceof StorageError && error.code === 'precondition_failed') {
      return warning(
        'state_lock_missing',
        { path: LOCK_KEY },
        'the lock was removed by someone else during this command',
        'Check who ran force-unlock while a command was active.',
      )
    }
    const found = failure(
      'state_lock_error',
      { path: LOCK_KEY },
      'the lock was not released',
      error,
      'Release it with force-unlock.',
    )
    return { ...found, severity: 'warning' }
  }
}
