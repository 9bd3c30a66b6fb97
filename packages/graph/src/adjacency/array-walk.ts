/** A walk over the arrays of one edge type. */
export interface ArrayWalk {
  readonly tid: number
  /** `OUT`, `IN` or `BOTH` of live-adjacency.ts. */
  readonly direction: number
  /** Hops. */
  readonly min: number
  readonly max: number
}
