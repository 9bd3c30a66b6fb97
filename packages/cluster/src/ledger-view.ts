import type { StatusDocument } from './documents.js'
import type { Ledger } from './ledger.js'

type View = Pick<
  StatusDocument,
  | 'resource_digests'
  | 'resource_statuses'
  | 'observations'
  | 'approval_records'
  | 'recovery_records'
  | 'tombstones'
>

/** What a document shows of a ledger; of none, nothing. */
export function ledgerView(ledger: Ledger | undefined): View {
  const resources = ledger?.applied_revision.resources ?? {}
  return {
    resource_digests: Object.fromEntries(Object.entries(resources).map(([a, e]) => [a, e.digest])),
    resource_statuses: ledger?.resource_statuses ?? {},
    observations: ledger?.observations ?? {},
    approval_records: ledger?.approval_records ?? {},
    recovery_records: ledger?.recovery_records ?? {},
    tombstones: ledger?.tombstones ?? {},
  }
}
