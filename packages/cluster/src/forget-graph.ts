import { isoTime } from '@groundplane/core'
import type { Approval } from './approval.js'
import { subtreeOf } from './authorised.js'
import type { Tombstone } from './ledger.js'
import type { LedgerEntry } from './ledger-entry.js'

/**
 * Takes a deleted graph and everything of it out of `recorded`, and gives the
 * tombstones that stay. Its payloads stay too, until `gc`.
 */
export function forgetGraph(
  recorded: Record<string, LedgerEntry>,
  id: string,
  { approval_id }: Pick<Approval, 'approval_id'>,
  atMs: number,
  by: string | undefined,
): Record<string, Tombstone> {
  const stones: Record<string, Tombstone> = {}
  for (const [address, digest] of Object.entries(subtreeOf(id, recorded))) {
    delete recorded[address]
    stones[address] = {
      digest,
      deleted_at: isoTime(atMs),
      ...(by !== undefined && { deleted_by: by }),
      approval_id,
    }
  }
  return stones
}
