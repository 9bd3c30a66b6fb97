import { GroundplaneError } from '@groundplane/core'
import type { MergeResult } from './merge-result.js'

/**
 * The second half of a merge with `deleteBranch`. Only what was merged is
 * deleted: a commit that came after it keeps the branch. The merge has landed,
 * so a refusal is part of its result and not a failure.
 */
export async function withDeletion(
  result: MergeResult,
  remove: () => Promise<unknown>,
): Promise<MergeResult> {
  try {
    await remove()
    return { ...result, branchDeleted: true }
  } catch (error) {
    return notDeleted(result, error)
  }
}

export function notDeleted(result: MergeResult, error: unknown): MergeResult {
  if (!(error instanceof GroundplaneError)) throw error
  const { code, message } = error
  return { ...result, branchDeleted: false, branchDeleteError: { code, message } }
}
