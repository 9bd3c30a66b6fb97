import { GroundplaneError, type Principal, type Provenance } from '@groundplane/core'
import type { GraphAction } from '@groundplane/graph'
import type { Authorizer } from '@groundplane/policy'
import { ServerError } from '../server-error.js'

/** Who asks, whichever door they came through. */
export interface Caller {
  /** Absent in the open mode only. */
  readonly principal?: Principal
  /** Kept on what the caller writes. */
  readonly provenance: Provenance
  /** Aborted when nobody waits for the answer any more. Made when it is asked for: most questions are answered at once. */
  readonly signal?: () => AbortSignal
  /** What logs name the request by. */
  readonly requestId?: string
}

/** The part of a caller that policy judges. */
export function whoOf({ principal }: Pick<Caller, 'principal'>): { principal?: Principal } {
  return principal ? { principal } : {}
}

/** Where a request reads: a branch or a commit (`snapshot`), not both. */
export function targetOf(at: { branch?: string | null | undefined; snapshot?: string | null | undefined }): {
  branch?: string
  commit?: string
} {
  const { branch, snapshot } = at
  if (branch != null && snapshot != null) {
    throw new ServerError('invalid', 'target_ambiguous', 'Both `branch` and `snapshot` are given.', {
      remedy: 'Read at a branch or at a commit, not both.',
    })
  }
  if (branch != null) return { branch }
  return snapshot != null ? { commit: snapshot } : {}
}

/** Whether policy would let the caller, for what is offered to it; anything but a refusal passes through as it is. */
export function mayDo(
  authorize: Authorizer,
  caller: Pick<Caller, 'principal'>,
  action: GraphAction,
  graph: string,
  branch?: string,
): boolean {
  try {
    authorize({ action, graph, probe: true, ...(branch !== undefined && { branch }), ...whoOf(caller) })
    return true
  } catch (error) {
    if (error instanceof GroundplaneError && error.kind === 'denied') return false
    throw error
  }
}
