import { isDeepStrictEqual } from 'node:util'
import { type Diagnostic, isoTime, sha256 } from '@groundplane/core'
import { StorageError } from '@groundplane/storage'
import { z } from 'zod'
import { type ClusterRoot, objectPath, STATE_KEY } from './cluster-root.js'
import type { LedgerEntry } from './ledger-entry.js'
import { failure, problem } from './problem.js'
import { parseVersioned } from './versioned-document.js'

export type ResourceStatusName =
  | 'pending'
  | 'planned'
  | 'applying'
  | 'applied'
  | 'drifted'
  | 'blocked'
  | 'error'

export interface ResourceStatus {
  readonly status: ResourceStatusName
  readonly conditions?: readonly string[]
  readonly message?: string
}

/** What a command saw of a live graph when it last looked. */
export interface GraphObservation {
  readonly exists: boolean
  readonly schema_digest?: string
  /** Head of `main`. */
  readonly commit?: string
  readonly desired_schema_digest?: string
  readonly schema_match?: boolean
  readonly error?: string
}

/** How an interrupted operation was resolved; kept for audit, keyed by the intent's id. */
export interface RecoveryRecord {
  readonly operation: string
  readonly resource: string
  readonly outcome: 'rolled_forward'
  /** Live once it was done; absent of a delete. */
  readonly schema_digest?: string
  readonly started_at: string
  readonly recovered_at: string
  readonly actor?: string
  readonly recovered_by?: string
}

/** A used approval; the artifact under the same id says the same. */
export interface ApprovalRecord {
  readonly resource: string
  readonly operation: 'delete'
  readonly approved_by: string
  readonly approved_at: string
  readonly config_digest: string
  readonly consumed_at: string
  readonly consumed_by?: string
}

/** What is left of a deleted graph and of each of its parts, until something is applied under the address again. */
export interface Tombstone {
  /** What was applied last. */
  readonly digest: string
  readonly deleted_at: string
  readonly deleted_by?: string
  readonly approval_id: string
}

/**
 * `__cluster/state.json`, version 1: what has been applied. It is the publish
 * point: content it does not name is inert, a graph change it does not record is
 * found again through its intent. Members are only ever added to this shape.
 */
export interface Ledger {
  readonly version: 1
  readonly state_revision: number
  readonly name?: string
  readonly written_at?: string
  readonly written_by?: string
  readonly applied_revision: {
    /** Digest of the configuration the last converged apply reached. */
    readonly config_digest?: string
    readonly resources: Readonly<Record<string, LedgerEntry>>
  }
  readonly resource_statuses: Readonly<Record<string, ResourceStatus>>
  readonly approval_records: Readonly<Record<string, ApprovalRecord>>
  readonly recovery_records: Readonly<Record<string, RecoveryRecord>>
  readonly observations: Readonly<Record<string, GraphObservation>>
  /** By address. Absent while nothing has been deleted. */
  readonly tombstones?: Readonly<Record<string, Tombstone>>
}

/** A ledger together with what proves it is still the one that was read. */
export interface StoredLedger {
  readonly ledger: Ledger
  readonly etag: string
  /** `sha256:<hex of the file's bytes>` */
  readonly cas: string
  /** The file itself. */
  readonly bytes: Uint8Array
}

export const EMPTY_LEDGER: Ledger = {
  version: 1,
  state_revision: 0,
  applied_revision: { resources: {} },
  resource_statuses: {},
  approval_records: {},
  recovery_records: {},
  observations: {},
}

const record = <T extends z.ZodType>(value: T) => z.record(z.string(), value).default({})
const shape = z.looseObject({
  version: z.literal(1),
  state_revision: z.int().nonnegative().default(0),
  applied_revision: z.looseObject({
    config_digest: z.string().optional(),
    resources: z
      .record(z.string(), z.looseObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) }))
      .default({}),
  }),
  resource_statuses: record(z.looseObject({ status: z.string() })),
  approval_records: record(z.looseObject({})),
  recovery_records: record(z.looseObject({})),
  observations: record(z.looseObject({})),
  tombstones: z.record(z.string(), z.looseObject({ digest: z.string() })).optional(),
})

const REBUILD = 'Restore it from a copy; or move it away, run "groundplane cluster import", then apply.'

/** The ledger, null when there is none, or why it cannot be used. Members this version does not know are kept. */
export async function readLedger(root: ClusterRoot): Promise<StoredLedger | null | Diagnostic> {
  const place = { path: STATE_KEY }
  let stored: Awaited<ReturnType<ClusterRoot['storage']['get']>>
  try {
    stored = await root.storage.get(STATE_KEY)
  } catch (error) {
    return failure('state_read_error', place, 'the state ledger cannot be read', error, 'Check permissions.')
  }
  if (!stored) return null
  const ledger = parseLedger(stored.body, STATE_KEY)
  if (isDiagnostic(ledger)) return ledger
  return { ledger, etag: stored.etag, cas: `sha256:${sha256(stored.body)}`, bytes: stored.body }
}

/** A ledger from its bytes, also a past one; `path` is where they were found. */
export function parseLedger(bytes: Uint8Array, path: string): Ledger | Diagnostic {
  const place = { path }
  const parsed = parseVersioned(bytes, shape)
  if ('value' in parsed) return parsed.value as unknown as Ledger
  if (parsed.why === 'version') {
    return problem(
      'unsupported_state_version',
      place,
      `the state ledger has version ${parsed.version}; this program reads version 1`,
      'Use the groundplane version that wrote it.',
    )
  }
  const what = parsed.why === 'not-json' ? 'not JSON' : `malformed at ${parsed.at}`
  return problem('invalid_state_json', place, `the state ledger is ${what}: ${parsed.message}`, REBUILD)
}

export function isDiagnostic(value: unknown): value is Diagnostic {
  return typeof value === 'object' && value !== null && 'severity' in value
}

/** Whether two ledgers say the same, apart from when and by whom they were written. */
export function sameLedger(a: Ledger, b: Ledger): boolean {
  const core = ({ state_revision: _r, written_at: _at, written_by: _by, ...rest }: Ledger) => rest
  return isDeepStrictEqual(core(a), core(b))
}

/**
 * Replaces the ledger if it is still the one that was read (`before` null: if
 * there is still none; then `next.state_revision` is the number to go on from). Resolves to what is stored now, or the reason nothing
 * was written. One revision per write.
 */
export async function writeLedger(
  root: ClusterRoot,
  before: StoredLedger | null,
  next: Ledger,
  nowMs: number,
  actor: string | undefined,
): Promise<StoredLedger | Diagnostic> {
  const { written_by: _before, ...rest } = next
  const ledger = sortMembers({
    ...rest,
    state_revision: (before?.ledger ?? next).state_revision + 1,
    written_at: isoTime(nowMs),
    ...(actor !== undefined && { written_by: actor }),
  })
  const body = Buffer.from(`${JSON.stringify(ledger, null, 2)}\n`, 'utf8')
  try {
    const { etag } = await root.storage.put(
      STATE_KEY,
      body,
      before ? { ifMatch: before.etag } : { ifNoneMatch: true },
    )
    return { ledger, etag, cas: `sha256:${sha256(body)}`, bytes: body }
  } catch (error) {
    if (error instanceof StorageError && error.code === 'precondition_failed') {
      return problem(
        'state_cas_mismatch',
        { path: STATE_KEY },
        'the state ledger was changed by someone else during this command; theirs was kept',
        'Run the command again: it starts from the ledger as it is now.',
      )
    }
    return failure(
      'state_write_error',
      { path: STATE_KEY },
      `${objectPath(root, STATE_KEY)} was not written`,
      error,
      'Check free space and permissions, then run the command again.',
    )
  }
}

/** Maps in the ledger are written in key order, so that equal ledgers are equal files. */
function sortMembers(ledger: Ledger): Ledger {
  const sorted = <T>(map: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  return {
    ...ledger,
    applied_revision: { ...ledger.applied_revision, resources: sorted(ledger.applied_revision.resources) },
    resource_statuses: sorted(ledger.resource_statuses),
    approval_records: sorted(ledger.approval_records),
    recovery_records: sorted(ledger.recovery_records),
    observations: sorted(ledger.observations),
    ...(ledger.tombstones && { tombstones: sorted(ledger.tombstones) }),
  }
}
