import { type Diagnostic, isoTime } from '@groundplane/core'
import { StorageError } from '@groundplane/storage'
import { z } from 'zod'
import { APPROVAL_PREFIX, type ClusterRoot } from './cluster-root.js'
import type { Environment } from './environment.js'
import type { ApprovalRecord } from './ledger.js'
import { failure, problem } from './problem.js'

/**
 * `__cluster/approvals/<ulid>.json`, version 1: somebody has seen a change that
 * cannot be undone and wants it. It authorises that change and no other: every
 * digest in it must still be what it was. It is kept when it has been used, with
 * who and when.
 */
export interface Approval {
  readonly version: 1
  readonly approval_id: string
  /** `graph.<id>`. Covers everything of that graph. */
  readonly resource: string
  readonly operation: 'delete'
  readonly approved_by: string
  readonly approved_at: string
  /** Of the configuration that asks for the change. */
  readonly config_digest: string
  /** `sha256:<hex>` of the ledger the change was planned against, and its revision for people. */
  readonly state_cas: string
  readonly state_revision: number
  /** What goes with it: digest by address, as recorded. */
  readonly subtree: Readonly<Record<string, string>>
  /** Head commit of each branch. Absent: the graph could not be opened. */
  readonly graph_heads?: Readonly<Record<string, string>>
  readonly consumed_at?: string
  readonly consumed_by?: string
}

export interface StoredApproval {
  readonly key: string
  readonly etag: string
  readonly approval: Approval
}

const digests = z.record(z.string(), z.string())
const shape = z.looseObject({
  version: z.literal(1),
  approval_id: z.string().min(1),
  resource: z.string().startsWith('graph.'),
  operation: z.literal('delete'),
  approved_by: z.string().min(1),
  approved_at: z.string(),
  config_digest: z.string(),
  state_cas: z.string(),
  state_revision: z.number(),
  subtree: digests,
  graph_heads: digests.optional(),
  consumed_at: z.string().optional(),
  consumed_by: z.string().optional(),
})

export interface FoundApprovals {
  /** Oldest first. */
  readonly approvals: readonly StoredApproval[]
  /** Warnings: an approval that cannot be read authorises nothing, and so endangers nothing. */
  readonly diagnostics: readonly Diagnostic[]
}

export async function listApprovals(root: ClusterRoot): Promise<FoundApprovals> {
  const approvals: StoredApproval[] = []
  const diagnostics: Diagnostic[] = []
  const unreadable = (path: string, error: unknown): void => {
    const found = failure(
      'approval_read_error',
      { path },
      `${path} cannot be read`,
      error,
      'Check permissions.',
    )
    diagnostics.push({ ...found, severity: 'warning' })
  }
  let keys: string[] = []
  try {
    keys = await root.storage.list(APPROVAL_PREFIX)
  } catch (error) {
    unreadable(APPROVAL_PREFIX, error)
  }
  for (const key of keys) {
    try {
      const stored = await root.storage.get(key)
      if (!stored) continue
      const found = parseApproval(key, Buffer.from(stored.body).toString('utf8'))
      if ('severity' in found) diagnostics.push(found)
      else approvals.push({ key, etag: stored.etag, approval: found })
    } catch (error) {
      unreadable(key, error)
    }
  }
  return { approvals, diagnostics }
}

function parseApproval(key: string, text: string): Approval | Diagnostic {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    data = undefined
  }
  const version = (data as { version?: unknown } | null | undefined)?.version
  if (typeof version === 'number' && version !== 1) {
    const found = problem(
      'unsupported_approval_version',
      { path: key },
      `the approval ${key} has version ${version}; this program reads version 1`,
      'Use the groundplane version that wrote it, or approve again.',
    )
    return { ...found, severity: 'warning' }
  }
  const parsed = shape.safeParse(data)
  if (parsed.success) return parsed.data as Approval
  const found = problem(
    'invalid_approval_artifact',
    { path: key },
    `the approval ${key} is malformed; it authorises nothing`,
    'Approve again; keep the file if you want to find out who changed it.',
  )
  return { ...found, severity: 'warning' }
}

export async function writeApproval(root: ClusterRoot, approval: Approval): Promise<void> {
  await root.storage.put(approvalKey(approval.approval_id), text(approval), { ifNoneMatch: true })
}

/**
 * Writes into the artifact that it was used, as the ledger records it; twice is
 * the same as once, and an artifact that somebody removed stays removed.
 */
export async function consumeApproval(root: ClusterRoot, id: string, used: ApprovalRecord): Promise<void> {
  const key = approvalKey(id)
  const stored = await root.storage.get(key)
  if (!stored) return
  const found = parseApproval(key, Buffer.from(stored.body).toString('utf8'))
  if ('severity' in found || found.consumed_at !== undefined) return
  const consumed: Approval = {
    ...found,
    consumed_at: used.consumed_at,
    ...(used.consumed_by !== undefined && { consumed_by: used.consumed_by }),
  }
  try {
    await root.storage.put(key, text(consumed), { ifMatch: stored.etag })
  } catch (error) {
    // Somebody else is at it: the next sweep sees what they made of it.
    if (!(error instanceof StorageError) || error.code !== 'precondition_failed') throw error
  }
}

/** What the ledger keeps of a used approval, so that either of the two survives the loss of the other. */
export function approvalRecord(
  approval: Pick<Approval, 'resource' | 'approved_by' | 'approved_at' | 'config_digest'>,
  atMs: number,
  by: string | undefined,
): ApprovalRecord {
  const { resource, approved_by, approved_at, config_digest } = approval
  return {
    resource,
    operation: 'delete',
    approved_by,
    approved_at,
    config_digest,
    consumed_at: isoTime(atMs),
    ...(by !== undefined && { consumed_by: by }),
  }
}

export function newApproval(
  seen: Pick<Approval, 'resource' | 'config_digest' | 'state_cas' | 'state_revision' | 'subtree'> & {
    readonly graph_heads: Readonly<Record<string, string>> | undefined
  },
  actor: string,
  env: Environment,
): Approval {
  const { graph_heads, ...bound } = seen
  return {
    version: 1,
    approval_id: env.ids.next(),
    operation: 'delete',
    approved_by: actor,
    approved_at: isoTime(env.clock()),
    ...bound,
    ...(graph_heads && { graph_heads }),
  }
}

export function approvalKey(id: string): string {
  return `${APPROVAL_PREFIX}${id}.json`
}

function text(approval: Approval): string {
  return `${JSON.stringify(approval, null, 2)}\n`
}
