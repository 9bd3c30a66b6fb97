import type { Diagnostic } from '@groundplane/core'
import type { BoundType } from '../storage/bound-schema.js'
import type { Changeset } from '../write/changeset.js'
import { cardinalityViolations, duplicates, uniqueTuples } from '../write/final-checks.js'
import { encodeRow } from '../write/row.js'
import { decodeData } from '../write/transaction.js'

const PAGE = 1000

export interface Misfit {
  readonly type: BoundType
  readonly id?: string
  readonly found: Diagnostic
}

/**
 * Everything in a view that breaks the schema of its changeset. Looks at every
 * row, so it is for the one case where the rows did not change but their rules
 * did: a merge that brings a newer schema.
 */
export function* misfits(changes: Changeset): Iterable<Misfit> {
  for (const type of changes.schema.byTid.values()) {
    yield* wrongRows(changes, type)
    for (const tuple of uniqueTuples(type)) {
      for (const found of duplicates(changes, type, tuple, 0)) yield { type, found }
    }
    if (type.kind !== 'edge') continue
    const { min, max } = type.model.cardinality
    if (min <= 0 && max === null) continue
    for (const found of cardinalityViolations(changes, type, 'TRUE')) yield { type, found }
  }
}

function* wrongRows(changes: Changeset, type: BoundType): Iterable<Misfit> {
  for (let after = 0; ; ) {
    const rows = changes.writer(type).page(after, null, [], PAGE)
    for (const row of rows) {
      after = row.vid
      const violations: Diagnostic[] = []
      encodeRow(type, decodeData(type, row), changes, violations)
      for (const found of violations) yield { type, id: row.id, found }
    }
    if (rows.length < PAGE) return
  }
}
