import { hostname } from 'node:os'
import { type Diagnostic, isoTime } from '@groundplane/core'
import { StorageError } from '@groundplane/storage'
import { z } from 'zod'
import { type ClusterRoot, LOCK_KEY, objectPath } from './cluster-root.js'
import type { Environment } from './environment.js'
import { failure, problem, warning } from './problem.js'

/** `__cluster/lock.json`, version 1. */
export interface LockRecord {
  readonly version: 1
  readonly lock_id: string
  readonly operation: string
  readonly created_at: string
  readonly pid: number
  readonly host: string
  readonly actor?: string
}

const shape = z.looseObject({
  version: z.literal(1),
  lock_id: z.string().min(1),
  operation: z.string(),
  created_at: z.string(),
  pid: z.number(),
  host: z.string().default(''),
  actor: z.string().optional(),
})

export interface HeldLock {
  readonly record: LockRecord
  /** Removes the lock if it is still this one. Undefined when that worked. */
  release(): Promise<Diagnostic | undefined>
}

/** The lock file as found: null when free, with its tag when held, or why it is unreadable. */
export async function readLock(
  root: ClusterRoot,
): Promise<{ record: LockRecord; etag: string } | null | Diagnostic> {
  const place = { path: LOCK_KEY }
  const remedy = `Make sure no cluster command runs, look at ${objectPath(root, LOCK_KEY)}, and remove it by hand.`
  try {
    const stored = await root.storage.get(LOCK_KEY)
    if (!stored) return null
    let data: unknown
    try {
      data = JSON.parse(Buffer.from(stored.body).toString('utf8'))
    } catch {
      return problem('invalid_state_lock', place, 'the lock file is not JSON', remedy)
    }
    const version = (data as { version?: unknown } | null)?.version
    if (typeof version === 'number' && version !== 1) {
      return problem(
        'unsupported_state_lock_version',
        place,
        `the lock file has version ${version}; this program reads version 1`,
        'Use the groundplane version that wrote it.',
      )
    }
    const parsed = shape.safeParse(data)
    if (!parsed.success) return problem('invalid_state_lock', place, 'the lock file is malformed', remedy)
    return { record: parsed.data as LockRecord, etag: stored.etag }
  } catch (error) {
    return failure(
      'state_lock_read_error',
      place,
      'the lock file cannot be read',
      error,
      'Check permissions.',
    )
  }
}

/** Takes the lock for one command, or says who holds it. Never waits and never breaks a lock. */
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
    ...(env.actor !== undefined && { actor: env.actor }),
  }
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
    const found = await readLock(root)
    if (found === null)
      return problem(
        'state_lock_held',
        { path: LOCK_KEY },
        'another command held the lock a moment ago',
        'Run the command again.',
      )
    if (!('record' in found)) return found
    return heldBy(found.record, env)
  }
}

function heldBy(held: LockRecord, env: Environment): Diagnostic {
  const who = held.actor === undefined ? '' : ` by ${held.actor}`
  const seconds = lockAgeSeconds(held, env)
  const where = `process ${held.pid} on ${held.host || 'an unknown host'}`
  const dead = ownerIsDead(held)
  return problem(
    'state_lock_held',
    { path: LOCK_KEY },
    `the cluster is locked: "${held.operation}"${who}, ${where}, ${seconds}s ago${dead ? '; that process is not running any more' : ''}`,
    dead
      ? `Release it: groundplane cluster force-unlock ${held.lock_id}`
      : `Wait for it to finish. If it is certain that it is dead: groundplane cluster force-unlock ${held.lock_id}`,
  )
}

/** Certain only on this host; informs the operator, never breaks the lock. */
export function ownerIsDead(held: LockRecord): boolean {
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
