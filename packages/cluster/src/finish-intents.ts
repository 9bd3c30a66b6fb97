import type { Diagnostic } from '@groundplane/core'
import type { DurableSteps } from './durable-steps.js'
import type { StoredIntent } from './intent.js'
import type { Ledger } from './ledger.js'

/**
 * Ends what `ledger`, as it is stored now, records as done or as never begun:
 * clears the remains of a deleted graph, writes its use into the approval, and
 * only then removes the intent. What fails here leaves the intent, so that the
 * next command ends it; the failure is a warning.
 */
export async function finishIntents(
  steps: DurableSteps,
  intents: readonly StoredIntent[],
  ledger: Ledger,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const stored of intents) {
    const trouble = (await finishDelete(steps, stored, ledger)) ?? (await steps.removeIntent(stored))
    if (trouble) found.push(trouble)
  }
  return found
}

async function finishDelete(
  steps: DurableSteps,
  { intent }: StoredIntent,
  ledger: Ledger,
): Promise<Diagnostic | undefined> {
  if (intent.operation !== 'graph_delete') return undefined
  const trouble = await steps.removeRemains(intent.graph)
  if (trouble) return trouble
  const id = intent.approval?.approval_id
  const used = id === undefined ? undefined : ledger.approval_records[id]
  return id !== undefined && used ? steps.consumeApproval(id, used) : undefined
}
