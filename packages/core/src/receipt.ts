/**
 * What an answer was read from, so that anyone can check it later: the same
 * question at the same commit gives the same bytes.
 */
export interface Receipt {
  readonly graph: string
  /** Commit id (ULID). */
  readonly commit: string
  /** When that commit was made, ISO 8601 UTC. */
  readonly at: string
}
