import type { ApproveDocument, DiffDocument, ForceUnlockDocument, GcDocument } from './documents.js'
import { kindOf } from './ledger-entry.js'
import { clusterCommand } from './next-command.js'
import { count, Page, type RenderOptions, SYMBOL, tally } from './render-page.js'

export function renderApprove(document: ApproveDocument, { color = false, dir }: RenderOptions = {}): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  const { resource, approved_by, approval_id } = document
  if (!document.ok || resource === undefined) return page.end('Nothing was approved.')
  page.gap()
  const verb = document.already_approved ? 'was approved before' : 'approved'
  page.line(
    `${page.style('-', 'red', 'bold')} delete ${page.style(resource, 'bold')} ${page.style(verb, 'bold', 'green')} by ${approved_by} (approval ${approval_id})`,
  )
  const parts = document.subtree?.filter((address) => address !== resource) ?? []
  if (parts.length > 0)
    page.line(page.style(`  with ${tally(parts.map(kindOf))} of it, and all its data`, 'dim'))
  page.line(page.style('  It holds until the configuration, the ledger or the graph changes.', 'dim'))
  return page.end(`Next: ${clusterCommand('apply', dir)}`)
}

export function renderForceUnlock(
  document: ForceUnlockDocument,
  { color = false, dir }: RenderOptions = {},
): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  return page.end(
    document.lock_removed
      ? `Lock ${document.state_observations.lock_id} was removed. Next: ${clusterCommand('apply', dir)}`
      : 'The lock was left as it is.',
  )
}

export function renderDiff(document: DiffDocument, { color = false }: RenderOptions = {}): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  const { from, to, changes } = document
  if (!document.ok || !from || !to) return page.end('Nothing was compared.')
  page.gap()
  const who = to.written_by === undefined ? '' : ` by ${to.written_by}`
  const when = to.written_at === undefined ? '' : `, written ${to.written_at}`
  page.line(`${page.style(`Revision ${from.revision} → ${to.revision}`, 'bold')}${when}${who}`)
  for (const { resource, operation, metadata = [], lines = [], content_missing } of changes) {
    const [symbol, style] = SYMBOL[operation]
    page.line(`  ${page.style(symbol, style, 'bold')} ${operation} ${page.style(resource, 'bold')}`)
    // All of what is new or gone says no more than the address does.
    for (const line of operation === 'update' ? [...metadata, ...lines] : []) {
      const tone = line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : 'dim'
      page.line(`      ${page.style(`${line[0]} ${line.slice(1)}`.trimEnd(), tone)}`)
    }
    if (content_missing && operation === 'update')
      page.line(page.style('      the text of one of the two is not kept any more', 'dim'))
  }
  if (changes.length === 0) page.line('  The same resources with the same content.')
  const of = (operation: string) => changes.filter((c) => c.operation === operation).length
  return page.end(`${of('create')} created, ${of('update')} updated, ${of('delete')} deleted.`)
}

export function renderGc(document: GcDocument, { color = false, dir }: RenderOptions = {}): string {
  const page = new Page(color)
  page.diagnostics(document.diagnostics)
  if (!document.ok) return page.end('Not everything was removed.')
  const { confirmed, unreferenced, old_revisions, kept_count, kept_revisions } = document
  page.gap()
  for (const { key, bytes } of unreferenced)
    page.line(`  ${page.style('-', 'red', 'bold')} ${key}  ${page.style(`${bytes} bytes`, 'dim')}`)
  for (const { key } of old_revisions) page.line(`  ${page.style('-', 'red', 'bold')} ${key}`)
  const kept = `${count(kept_count, 'payload')} and ${count(kept_revisions.length, 'past revision')} stay`
  if (unreferenced.length + old_revisions.length === 0)
    return page.gap().end(`${page.style('Nothing to remove.', 'bold', 'green')} ${kept}.`)
  const what = `${count(unreferenced.length, 'payload')} and ${count(old_revisions.length, 'past revision')}`
  page.gap().line(`${page.style(confirmed ? 'Removed' : 'Would remove', 'bold')} ${what}; ${kept}.`)
  return page.end(confirmed ? undefined : `Next: ${clusterCommand('gc --confirm', dir)}`)
}
