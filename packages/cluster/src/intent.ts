import { hostname } from 'node:os'
import { type Diagnostic, isoTime } from '@groundplane/core'
import { z } from 'zod'
import type { Approval } from './approval.js'
import { type ClusterRoot, graphRootKey, INTENT_PREFIX, objectPath } from './cluster-root.js'
import type { Environment } from './environment.js'
import { failure, problem, warning } from './problem.js'

/**
 * `__cluster/recoveries/<ulid>.json`, version 1: an operation on a graph that was
 * about to begin. It is durable before the graph is touched and removed only
 * after the ledger records the outcome, so a surviving one names a graph whose
 * state must be looked at.
 */
export interface Intent {
  readonly version: 1
  readonly intent_id: string
  readonly operation: 'graph_create' | 'schema_apply' | 'graph_delete'
  readonly resource: string
  readonly graph: string
  /** Relative to the storage root. */
  readonly root: string
  /** Live schema digest before a schema_apply. */
  readonly before_schema_digest?: string
  /** Live schema digest once the operation is complete. Absent of a delete. */
  readonly after_schema_digest?: string
  /** What a delete is done on the strength of. */
  readonly approval?: Pick<Approval, 'approval_id' | 'approved_by' | 'approved_at'>
  readonly config_digest: string
  readonly started_at: string
  readonly pid: number
  readonly host: string
  readonly actor?: string
}

export interface StoredIntent {
  readonly key: string
  readonly intent: Intent
}

const common = {
  version: z.literal(1),
  intent_id: z.string(),
  resource: z.string(),
  graph: z.string().min(1),
  root: z.string(),
  before_schema_digest: z.string().optional(),
  config_digest: z.string(),
  started_at: z.string(),
  pid: z.number(),
  host: z.string(),
  actor: z.string().optional(),
}
const approval = z.object({ approval_id: z.string(), approved_by: z.string(), approved_at: z.string() })
const shape = z.discriminatedUnion('operation', [
  z.looseObject({ ...common, operation: z.literal('graph_create'), after_schema_digest: z.string() }),
  z.looseObject({ ...common, operation: z.literal('schema_apply'), after_schema_digest: z.string() }),
  z.looseObject({ ...common, operation: z.literal('graph_delete'), approval }),
])

export function newIntent(
  operation: Intent['operation'],
  graph: string,
  digests: { before?: string; after?: string; config: string },
  env: Environment,
  approval?: Approval,
): StoredIntent {
  const intent: Intent = {
    version: 1,
    intent_id: env.ids.next(),
    operation,
    resource: operation === 'schema_apply' ? `schema.${graph}` : `graph.${graph}`,
    graph,
    root: graphRootKey(graph),
    ...(digests.before !== undefined && { before_schema_digest: digests.before }),
    ...(digests.after !== undefined && { after_schema_digest: digests.after }),
    ...(approval && {
      approval: {
        approval_id: approval.approval_id,
        approved_by: approval.approved_by,
        approved_at: approval.approved_at,
      },
    }),
    config_digest: digests.config,
    started_at: isoTime(env.clock()),
    pid: process.pid,
    host: hostname(),
    ...(env.actor !== undefined && { actor: env.actor }),
  }
  return { key: `${INTENT_PREFIX}${intent.intent_id}.json`, intent }
}

export async function writeIntent(root: ClusterRoot, { key, intent }: StoredIntent): Promise<void> {
  await root.storage.put(key, `${JSON.stringify(intent, null, 2)}\n`, { ifNoneMatch: true })
}

export interface FoundIntents {
  /** Oldest first. */
  readonly intents: readonly StoredIntent[]
  /** One error for each that cannot be read: what it protects is unknown, so nothing may move. */
  readonly diagnostics: readonly Diagnostic[]
}

export async function listIntents(root: ClusterRoot): Promise<FoundIntents> {
  const intents: StoredIntent[] = []
  const diagnostics: Diagnostic[] = []
  let keys: string[]
  try {
    keys = await root.storage.list(INTENT_PREFIX)
  } catch (error) {
    const found = failure(
      'recovery_sidecar_read_error',
      { path: INTENT_PREFIX },
      'interrupted operations cannot be listed',
      error,
      'Check permissions.',
    )
    return { intents, diagnostics: [found] }
  }
  for (const key of keys) {
    try {
      const stored = await root.storage.get(key)
      if (!stored) continue
      const found = parseIntent(root, key, Buffer.from(stored.body).toString('utf8'))
      if ('severity' in found) diagnostics.push(found)
      else intents.push({ key, intent: found })
    } catch (error) {
      diagnostics.push(
        failure(
          'recovery_sidecar_read_error',
          { path: key },
          `the intent ${key} cannot be read`,
          error,
          'Check permissions.',
        ),
      )
    }
  }
  return { intents, diagnostics }
}

function parseIntent(root: ClusterRoot, key: string, text: string): Intent | Diagnostic {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    data = undefined
  }
  const version = (data as { version?: unknown } | null | undefined)?.version
  if (typeof version === 'number' && version !== 1) {
    return problem(
      'unsupported_recovery_sidecar_version',
      { path: key },
      `the intent ${key} has version ${version}; this program reads version 1`,
      'Use the groundplane version that wrote it.',
    )
  }
  const parsed = shape.safeParse(data)
  if (parsed.success) return parsed.data as Intent
  return problem(
    'invalid_recovery_sidecar',
    { path: key },
    `the intent ${key} is malformed, so what it protects is unknown`,
    `Look at the graphs under ${root.directory}/graphs and at ${objectPath(root, key)}; remove that file once the graphs are as they should be.`,
  )
}

/** What a command that does not recover says about intents it found. */
export function pendingWarnings(found: FoundIntents): Diagnostic[] {
  return [
    ...found.diagnostics.map((d) => ({ ...d, severity: 'warning' as const })),
    ...found.intents.map(({ key, intent }) =>
      warning(
        'cluster_recovery_pending',
        { path: key },
        `an interrupted ${intent.operation} of ${intent.resource}, started ${intent.started_at}, is not resolved yet`,
        'Run "groundplane cluster apply": it finds out what happened and repairs it.',
      ),
    ),
  ]
}
