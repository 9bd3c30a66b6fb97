import { tryDatasetParts } from '@groundplane/catalog/entity-urns'
import { note, table } from './output.js'

interface CheckSide {
  readonly result: string | null
  readonly failed: number | null
}

/** The part of a check that is shown; the crew's own report and the one from the wire both fit. */
interface CheckView {
  readonly assertion: string
  readonly dataset: string
  readonly column: string | null
  readonly reference: CheckSide
  readonly production: CheckSide
  readonly verdict: string
}

/** `olist_dirty.main.olist_orders` of a dataset URN; the URN itself for anything else. */
export function datasetName(urn: string): string {
  const parts = tryDatasetParts(urn)
  return typeof parts === 'string' ? urn : parts.name
}

/** The verdicts as people read them: what fails in production only comes first. */
export function verdictTable(checks: readonly CheckView[]): string {
  const order = ['production-only', 'both-fail', 'reference-only', 'missing', 'both-pass']
  const rows = [...checks]
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
    .map((check) => ({
      assertion: check.assertion,
      dataset: datasetName(check.dataset).split('.').at(-1),
      column: check.column ?? '',
      reference: side(check.reference),
      production: side(check.production),
      verdict: check.verdict,
    }))
  return table(['assertion', 'dataset', 'column', 'reference', 'production', 'verdict'], rows)
}

function side(check: CheckSide): string {
  if (check.result === null) return '-'
  return check.failed ? `${check.result} ${check.failed.toLocaleString('en-US')}` : check.result
}

interface StreamedEvent {
  readonly at: string
  readonly type: string
  readonly role?: string | undefined
  readonly data: unknown
}

/** One line on stderr for each event worth a line. */
export function noteEvent(event: StreamedEvent): void {
  const data = event.data as Record<string, unknown>
  const text = {
    'role.started': `started (${data['mode']}): ${data['goal']}`,
    'role.thinking': data['kind'] === 'note' ? String(data['text']) : undefined,
    'tool.result': `${data['tool']}: ${data['summary']}`,
    'role.finished': `done: ${data['summary']}`,
    'incident.raised': `incident on ${datasetName(String(data['dataset']))}: ${data['title']}`,
  }[event.type]
  if (text === undefined) return
  note(`  ${event.at.slice(11, 23)} ${(event.role ?? '').padEnd(15)} ${oneLine(text)}`)
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 140 ? `${line.slice(0, 139)}…` : line
}
