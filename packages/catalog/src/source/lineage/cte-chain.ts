import type { Relation } from './relation.js'
import type { Scope } from './scope.js'
import type { CteBody } from './sql-ast.js'

/** A common table expression in reach, resolved when first used. */
export interface CteBinding {
  readonly name: string
  readonly cte: CteBody
  readonly recursive: boolean
  /** The expressions its own text sees. */
  ctes: CteChain | undefined
  readonly outer: Scope | undefined
  /** `Trace.mutedDepth` where it was bound: its first use may be inside a provisional pass. */
  readonly mutedDepth: number
  relation: Relation | undefined
  /** While it is being resolved its name means what it meant outside: definitions in a circle end there. */
  busy: boolean
}

export interface CteChain {
  readonly binding: CteBinding
  readonly next: CteChain | undefined
}
