import type { Diagnostic } from '@groundplane/core'
import type {
  ApplyDocument,
  Change,
  PlanDocument,
  RefreshDocument,
  StateObservations,
  StatusDocument,
  ValidateDocument,
} from './documents.js'
import { clusterCommand, harvestCommand, serveCommand } from './next-command.js'
import { count, errors, Page, type RenderOptions, type Style, SYMBOL, tally } from './render-page.js'

export function renderValidate(
  document: ValidateDocument,
  { color = false, dir }: RenderOptions = {},
): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  if (!document.ok)
    return page.end(
      `${page.style('The configuration is not valid:', 'bold')} ${count(errors(document), 'error')}. Correct them and validate again.`,
    )
  page.gap()
  page.line(
    `${page.style('The configuration is valid.', 'bold', 'green')} ${tally(document.resources.map((r) => r.kind))}.`,
  )
  return page.end(`Next: ${clusterCommand('plan', dir)}`)
}

export function renderPlan(
  document: PlanDocument,
  { color = false, full = false, dir }: RenderOptions = {},
): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  if (errors(document) > 0 && document.changes.length === 0)
    return page.end(page.style('No plan was made.', 'bold'))
  if (document.changes.length === 0) {
    if (unseen(document)) {
      page.gap().line(`${page.style('No changes', 'bold', 'yellow')} where the graphs could be looked at.`)
      return page.end('Repair the graph named above, then plan again.')
    }
    page.gap().line(`${page.style('No changes.', 'bold', 'green')} The cluster is what its files say.`)
    return page.end()
  }
  page.gap()
  changeLines(page, document.changes, full, false, document)
  page.gap().line(`${page.style('Plan:', 'bold')} ${operations(document.changes)}.`)
  const blocked = document.changes.filter((c) => c.disposition === 'blocked').length
  if (blocked > 0)
    page.line(
      page.style(`${count(blocked, 'change')} will not be made: see the reason beside each.`, 'yellow'),
    )
  if (!document.state_observations.state_found)
    return page.end(`Next: ${clusterCommand('import', dir)}, then apply`)
  if (!document.ok) return page.end('Correct the errors above, then plan again.')
  const unapproved = document.approvals_required.find((gate) => !gate.satisfied)
  const held = document.changes.filter((c) => c.disposition === 'blocked')
  if (unapproved && held.length === document.changes.length && held.every(awaitsApproval))
    return page.end(`Next: ${clusterCommand(`approve ${unapproved.resource}`, dir)}, or declare it again`)
  return page.end(
    blocked === document.changes.length
      ? 'Resolve the reasons above, then plan again.'
      : `Next: ${clusterCommand('apply', dir)}`,
  )
}

export function renderApply(
  document: ApplyDocument,
  { color = false, full = false, dir }: RenderOptions = {},
): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  page.gap()
  changeLines(page, document.changes, full, true)
  page.gap()
  if (document.converged) {
    const done = document.state_written
      ? `Applied ${count(document.applied_count, 'change')}; the ledger is at revision ${document.state_observations.state_revision}.`
      : 'Nothing to do: the cluster is what its files say.'
    page.line(`${page.style('Converged.', 'bold', 'green')} ${done}`)
    return page.end(
      `Next: ${document.changes.some(wantsHarvest) ? `${harvestCommand(dir)}, then serve` : serveCommand(dir)}`,
    )
  }
  page.line(
    `${page.style('Not converged.', 'bold', 'yellow')} ${count(document.applied_count, 'change')} applied, ${document.deferred_count} not made.`,
  )
  if (document.ok && document.deferred_count === 0 && unseen(document))
    return page.end('Repair the graph named above, then apply again.')
  const unapproved = document.changes.find((c) => awaitsApproval(c) && c.resource.startsWith('graph.'))
  const others = document.changes.some((c) => c.disposition === 'blocked' && !awaitsApproval(c))
  if (document.ok && unapproved && !others)
    return page.end(`Next: ${clusterCommand(`approve ${unapproved.resource}`, dir)}, or declare it again`)
  return page.end(
    document.ok
      ? 'See the reason beside each change that was not made.'
      : 'Correct the errors above and apply again: it goes on from here.',
  )
}

/** Of a source that was declared or changed: the catalog does not have it so until it is harvested. */
function wantsHarvest({ resource, operation, disposition }: Change): boolean {
  return resource.startsWith('source.') && operation !== 'delete' && disposition === 'applied'
}

function awaitsApproval(change: Change): boolean {
  return change.reason === 'approval_required'
}

/** Whether a graph could not be opened, so that nothing can be said of it. */
function unseen(document: { readonly diagnostics: readonly Diagnostic[] }): boolean {
  return document.diagnostics.some((d) => d.code === 'graph_observation_error')
}

export function renderStatus(
  document: StatusDocument,
  { color = false, full = false, dir }: RenderOptions = {},
): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  page.gap()
  if (document.state_observations.state_path === '') return page.end('The ledger could not be looked for.')
  ledgerLine(page, document.state_observations)
  const addresses = [
    ...new Set([...Object.keys(document.resource_digests), ...Object.keys(document.resource_statuses)]),
  ].sort()
  const noteOf = (address: string): string => {
    const { conditions = [], message } = document.resource_statuses[address] ?? {}
    return [...conditions, ...(message === undefined ? [] : [message])].join(', ')
  }
  const statusOf = (address: string) => document.resource_statuses[address]?.status ?? 'pending'
  const fateOf = (address: string) => `${statusOf(address)} ${noteOf(address)}`
  const lines = grouped(addresses, (address) => address, fateOf, full)
  const width = Math.max(0, ...lines.map(({ label }) => label.length))
  for (const { members, label } of lines) {
    const address = members[0] as string
    const status = statusOf(address)
    const style: Style = status === 'applied' ? 'green' : status === 'error' ? 'red' : 'yellow'
    const digest = members.length === 1 ? (document.resource_digests[address]?.slice(0, 12) ?? '') : ''
    const cells = [
      label.padEnd(width),
      page.style(status.padEnd(8), style),
      page.style(digest, 'dim'),
      noteOf(address),
    ]
    page.line(`  ${cells.filter((cell) => cell !== '').join('  ')}`.trimEnd())
  }
  auditLines(page, document)
  return page.end(nextAfterStatus(document, dir))
}

/** What was deleted and what was repaired, newest last; `--json` has all of it. */
function auditLines(page: Page, { tombstones, recovery_records }: StatusDocument): void {
  const deleted = Object.entries(tombstones).filter(([address]) => address.startsWith('graph.'))
  const lines = [
    ...deleted.map(([address, t]) => ({
      at: t.deleted_at,
      text: `${address} deleted ${t.deleted_at}${t.deleted_by === undefined ? '' : ` by ${t.deleted_by}`} (approval ${t.approval_id})`,
    })),
    ...Object.values(recovery_records).map((r) => ({
      at: r.recovered_at,
      text: `${r.operation} of ${r.resource} was interrupted ${r.started_at} and recorded ${r.recovered_at}`,
    })),
  ].sort((a, b) => (a.at < b.at ? -1 : 1))
  if (lines.length === 0) return
  page.gap()
  for (const { text } of lines.slice(-AUDIT_SHOWN)) page.line(page.style(`  ${text}`, 'dim'))
}

const AUDIT_SHOWN = 5

export function renderRefresh(document: RefreshDocument, options: RenderOptions = {}): string {
  const { color = false, dir } = options
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  page.gap()
  if (!document.ok)
    return page.end(page.style(`${document.operation} did not complete without errors.`, 'bold'))
  const { state_revision } = document.state_observations
  const seen = Object.entries(document.observations)
  page.line(
    `${page.style(document.operation === 'import' ? 'Ledger created' : 'Ledger refreshed', 'bold', 'green')} at revision ${state_revision}; ${count(seen.length, 'graph')} observed.`,
  )
  for (const [address, { exists, commit, schema_match }] of seen) {
    page.line(
      `  ${address}  ${exists ? `at commit ${commit ?? 'unknown'}` : 'absent'}${schema_match === false ? page.style('  schema differs', 'yellow') : ''}`,
    )
  }
  return page.end(`Next: ${clusterCommand('plan', dir)}`)
}

type PlanContext = Pick<PlanDocument, 'blast_radius' | 'approvals_required'>

function changeLines(
  page: Page,
  changes: readonly Change[],
  full: boolean,
  done: boolean,
  plan: PlanContext = { blast_radius: [], approvals_required: [] },
): void {
  for (const { members, label } of grouped(changes, (c) => c.resource, fate, full)) {
    const change = members[0] as Change
    const [symbol, style] = SYMBOL[change.operation]
    const gate = plan.approvals_required.find((g) => g.satisfied && g.resource === change.resource)
    const notes = [
      ...changeNotes(change),
      ...(gate ? [`approved by ${gate.approved_by}`] : []),
      ...(done && change.disposition === 'applied' ? ['applied'] : []),
    ]
    const tone: Style = change.disposition === 'blocked' ? 'yellow' : 'dim'
    const note = notes.length > 0 ? page.style(`  [${notes.join('; ')}]`, tone) : ''
    page.line(
      `  ${page.style(symbol, style, 'bold')} ${change.operation} ${page.style(label, 'bold')}${note}`,
    )
    for (const { kind, ...details } of change.migration?.steps ?? []) {
      const shown = Object.entries(details)
        .filter(([, value]) => value !== undefined && value !== null && typeof value !== 'object')
        .map(([name, value]) => ` ${name}=${String(value)}`)
      page.line(`      ${page.style(kind, 'cyan')}${shown.join('')}`)
    }
    const reached = members.length === 1 ? affectedBy(change, changes, plan) : ''
    if (reached !== '') page.line(page.style(`      affects ${reached}`, 'dim'))
  }
}

/** What an update or delete reaches beside itself. A create reaches only what is created with it. */
function affectedBy(change: Change, changes: readonly Change[], { blast_radius }: PlanContext): string {
  if (change.operation === 'create' || change.disposition === 'derived') return ''
  const all = blast_radius.find((b) => b.resource === change.resource)?.affected ?? []
  const fresh = new Set(changes.filter((c) => c.operation === 'create').map((c) => c.resource))
  const reached = all.filter((address) => !fresh.has(address))
  const shown = reached.slice(0, AFFECTED_SHOWN).join(', ')
  return reached.length > AFFECTED_SHOWN ? `${shown} and ${reached.length - AFFECTED_SHOWN} more` : shown
}

const AFFECTED_SHOWN = 4

function changeNotes({ metadata_change, binding_change, disposition, reason }: Change): string[] {
  return [
    ...(metadata_change ? [binding_change ? 'bindings' : metadata_change.replaceAll('_', ' ')] : []),
    ...(disposition === 'blocked' || disposition === 'deferred'
      ? [`${disposition}: ${reason ?? 'unknown'}`]
      : []),
    ...(disposition === 'derived' ? ['follows from its parts'] : []),
  ]
}

function fate(change: Change): string {
  return [change.operation, change.disposition, ...changeNotes(change)].join()
}

/** From this many on, queries of one graph with one fate are shown on one line. */
const GROUP_FROM = 6

/** Queries of one graph that share a fate, together; everything else by itself. */
function grouped<T>(
  all: readonly T[],
  address: (item: T) => string,
  fateOf: (item: T) => string,
  full: boolean,
): { members: T[]; label: string }[] {
  const groups = new Map<string, T[]>()
  for (const item of all) {
    const [kind, graph] = address(item).split('.')
    const key = kind === 'query' ? `query.${graph}.* ${fateOf(item)}` : address(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups].flatMap(([key, members]) => {
    if (full || members.length < GROUP_FROM)
      return members.map((item) => ({ members: [item], label: address(item) }))
    return [{ members, label: `${key.slice(0, key.indexOf(' '))} (${members.length} queries)` }]
  })
}

function ledgerLine(page: Page, seen: StateObservations): void {
  page.line(
    seen.state_found
      ? `${page.style('Ledger', 'bold')} revision ${seen.state_revision}, ${count(seen.resource_count, 'resource')}, ${seen.state_path}`
      : `${page.style('No ledger', 'bold')} at ${seen.state_path}`,
  )
  if (!seen.locked) return
  const owner = [seen.lock_actor, `process ${seen.lock_pid}`, seen.lock_host]
    .filter((x) => x !== undefined)
    .join(', ')
  const dead = seen.lock_owner_dead ? '; its process is not running any more' : ''
  page.line(
    page.style(
      `Locked by ${seen.lock_operation ?? 'an unreadable lock'} (${owner}), ${seen.lock_age_seconds ?? '?'}s ago, id ${seen.lock_id ?? '?'}${dead}`,
      'yellow',
    ),
  )
}

function nextAfterStatus(document: StatusDocument, dir: string | undefined): string | undefined {
  const seen = document.state_observations
  if (seen.locked && seen.lock_owner_dead)
    return `Next: ${clusterCommand(`force-unlock ${seen.lock_id}`, dir)}`
  if (seen.locked) return undefined
  if (!seen.state_found) return `Next: ${clusterCommand('import', dir)}`
  const wanting = Object.values(document.resource_statuses).some((s) => s.status !== 'applied')
  return wanting || document.diagnostics.length > 0 ? `Next: ${clusterCommand('plan', dir)}` : undefined
}

function operations(changes: readonly Change[]): string {
  const of = (operation: Change['operation']) => changes.filter((c) => c.operation === operation).length
  return `${of('create')} to create, ${of('update')} to update, ${of('delete')} to delete`
}
