import type { Diagnostic } from '@groundplane/core'

/**
 * What planes above the control plane contribute to it; passed in by the
 * process's composition root so that imports keep pointing downward.
 */
export interface ClusterExtensions {
  /** `.pg` text of every graph of kind `catalog`. */
  readonly catalogSchema: string
  /** `.gq` texts of every graph of kind `catalog`; the keys only name them in messages. */
  readonly catalogQueries: Readonly<Record<string, string>>
  checkAssertions(text: string, file: string): readonly Diagnostic[]
  checkMetadata(text: string, file: string): readonly Diagnostic[]
}
