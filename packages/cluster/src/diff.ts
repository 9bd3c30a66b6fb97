import { canonicalJson, type Diagnostic, hasErrors } from '@groundplane/core'
import { Graph } from '@groundplane/graph'
import { type ClusterRoot, graphRoot } from './cluster-root.js'
import type { DiffDocument, RevisionChange, RevisionView } from './documents.js'
import { isDiagnostic, type Ledger, readLedger } from './ledger.js'
import { graphOf, kindOf, type LedgerEntry, payloadKey } from './ledger-entry.js'
import { lineDiff } from './line-diff.js'
import { problem } from './problem.js'
import { listRevisions, type PastRevision, readRevision } from './revisions.js'
import { openWorkspace } from './workspace.js'

export interface DiffOptions {
  /** Revision numbers. Default: the newest two. */
  readonly from?: number
  readonly to?: number
}

/** A revision as it can be read: the current ledger, or a past one. */
interface Known {
  readonly revision: number
  readonly past?: PastRevision
}

/**
 * What differs between two revisions of the ledger: which resources, and of those
 * with text (queries, policies, sources, assertions, the crew, schemas) the lines.
 * Reads the ledger and what it names; takes no lock and writes nothing.
 */
export async function diffRevisions(dir: string, options: DiffOptions = {}): Promise<DiffDocument> {
  const { root, configDir, diagnostics } = await openWorkspace(dir)
  const refuse = (revisions: readonly number[], ...found: readonly Diagnostic[]): DiffDocument => ({
    ok: false,
    config_dir: configDir,
    revisions,
    changes: [],
    diagnostics: [...diagnostics, ...found],
  })
  if (!root) return refuse([])
  const current = await readLedger(root)
  if (isDiagnostic(current)) return refuse([], current)
  const known: Known[] = (await listRevisions(root)).map((past) => ({ revision: past.revision, past }))
  if (current) known.push({ revision: current.ledger.state_revision })
  const revisions = [...new Set(known.map((k) => k.revision))].sort((a, b) => a - b)
  const to = options.to ?? revisions.at(-1) ?? 0
  const from = options.from ?? revisions.filter((r) => r < to).at(-1) ?? 0
  const sides: [number, Ledger][] = []
  for (const revision of [from, to]) {
    const found = known.filter((k) => k.revision === revision).at(-1)
    if (!found) return refuse(revisions, notFound(revision, revisions))
    const ledger = found.past ? await readRevision(root, found.past) : (current?.ledger as Ledger)
    if (isDiagnostic(ledger)) return refuse(revisions, ledger)
    sides.push([revision, ledger])
  }
  const [before, after] = sides.map(([, ledger]) => ledger) as [Ledger, Ledger]
  const [viewFrom, viewTo] = sides.map(([revision, ledger]) => view(revision, ledger)) as [
    RevisionView,
    RevisionView,
  ]
  return {
    ok: !hasErrors(diagnostics),
    config_dir: configDir,
    revisions,
    from: viewFrom,
    to: viewTo,
    changes: await changesBetween(root, before, after),
    diagnostics,
  }
}

function notFound(revision: number, revisions: readonly number[]): Diagnostic {
  const one = revisions.length < 2
  return problem(
    'revision_not_found',
    {},
    one && revision === 0
      ? 'there are no two revisions to compare yet'
      : `there is no revision ${revision} of the ledger`,
    one
      ? 'Each apply or refresh that records something makes one.'
      : `Kept are: ${revisions.join(', ')}. Older ones were removed by "groundplane cluster gc".`,
  )
}

function view(revision: number, ledger: Ledger): RevisionView {
  const { written_at, written_by, applied_revision } = ledger
  return {
    revision,
    ...(written_at !== undefined && { written_at }),
    ...(written_by !== undefined && { written_by }),
    ...(applied_revision.config_digest !== undefined && { config_digest: applied_revision.config_digest }),
  }
}

async function changesBetween(root: ClusterRoot, before: Ledger, after: Ledger): Promise<RevisionChange[]> {
  const [a, b] = [before.applied_revision.resources, after.applied_revision.resources]
  const changes: RevisionChange[] = []
  for (const address of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) {
    const [old, now] = [a[address], b[address]]
    if (canonicalJson(old ?? null) === canonicalJson(now ?? null)) continue
    const metadata = old && now ? metadataLines(old, now) : []
    const texts = await Promise.all([textOf(root, before, address), textOf(root, after, address)])
    changes.push({
      resource: address,
      operation: !old ? 'create' : !now ? 'delete' : 'update',
      ...(old && { before_digest: old.digest }),
      ...(now && { after_digest: now.digest }),
      ...(metadata.length > 0 && { metadata }),
      ...(old?.digest !== now?.digest && lines(texts, old, now)),
    })
  }
  return changes
}

/** Absent for what has no text; `content_missing` when it had one that is gone. */
function lines(
  [before, after]: readonly (string | null | undefined)[],
  old: LedgerEntry | undefined,
  now: LedgerEntry | undefined,
): Pick<RevisionChange, 'lines' | 'content_missing'> {
  if ((old && before === null) || (now && after === null)) return { content_missing: true }
  if (before === undefined && after === undefined) return {}
  return { lines: lineDiff(before ?? '', after ?? '') }
}

function metadataLines(old: LedgerEntry, now: LedgerEntry): string[] {
  const [a, b] = [old, now].map(({ digest: _digest, ...rest }) => rest as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort().flatMap((name) => {
    const [before, after] = [a[name], b[name]].map((v) => (v === undefined ? undefined : canonicalJson(v)))
    if (before === after) return []
    return [
      ...(before === undefined ? [] : [`-${name}: ${before}`]),
      ...(after === undefined ? [] : [`+${name}: ${after}`]),
    ]
  })
}

/** The text behind a recorded resource: undefined when its kind has none, null when it cannot be had any more. */
async function textOf(
  root: ClusterRoot,
  ledger: Ledger,
  address: string,
): Promise<string | null | undefined> {
  const entry = ledger.applied_revision.resources[address]
  if (!entry) return undefined
  if (kindOf(address) === 'schema') return schemaText(root, ledger, graphOf(address) as string, entry)
  const key = payloadKey(address, entry)
  if (key === undefined) return undefined
  const stored = await root.storage.get(key)
  if (!stored) return null
  const text = Buffer.from(stored.body).toString('utf8')
  return key.endsWith('.json') ? readable(text) : text
}

/** A ledger that saw a graph knows a commit with the schema it records; the graph still has the text of it. */
function schemaText(root: ClusterRoot, ledger: Ledger, id: string, entry: LedgerEntry): string | null {
  const seen = ledger.observations[`graph.${id}`]
  if (seen?.commit === undefined || seen.schema_digest !== entry.digest) return null
  try {
    const graph = Graph.open(graphRoot(root, id), { readOnly: true })
    try {
      return graph.schema({ commit: seen.commit }).source
    } finally {
      graph.close()
    }
  } catch {
    return null // deleted since, or its history was cleaned up
  }
}

/** Canonical JSON is one long line: a member a line, and texts in it line by line. */
function readable(text: string): string {
  const content = JSON.parse(text) as Record<string, unknown>
  return Object.entries(content)
    .flatMap(([name, value]) =>
      typeof value === 'string' && value.includes('\n')
        ? [
            `${name}:`,
            ...value
              .replace(/\n$/, '')
              .split('\n')
              .map((line) => `  ${line}`),
          ]
        : [`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
    )
    .join('\n')
}
