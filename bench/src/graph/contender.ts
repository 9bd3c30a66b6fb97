/** One system that does the same work over the same data. An absent operation is one it does not offer. */
export interface Contender {
  readonly name: string
  /** One person by key, all properties. */
  pointRead?(handle: string): unknown
  /** People two hops out, with names on the way and at the end. Returns how many rows. */
  twoHops?(handle: string): number | Promise<number>
  /** How many people are within 1..4 hops. */
  reach?(handle: string): number | Promise<number>
  /** Changes one person's age, durable when it returns. */
  update?(handle: string, age: number): unknown
  /** What it offers to put its files and statistics in order. */
  optimize?(): unknown
  /** One large commit, so that the log has the size it keeps: growing a file costs each commit more than writing to it. */
  settle?(): unknown
  close(): unknown
}

/** A contender that cannot run on this machine, and why. */
export interface Absent {
  readonly name: string
  readonly reason: string
}
