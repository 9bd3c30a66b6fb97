import type { CteChain } from './cte-chain.js'
import type { Relation } from './relation.js'
import type { Scope } from './scope.js'
import type { SqlNode } from './sql-ast.js'
import type { Trace } from './trace.js'

/** Resolves a nested query; names it does not have may mean those of `outer`. */
export type ResolveQuery = (node: SqlNode, ctes: CteChain | undefined, outer: Scope | undefined) => Relation

export interface Context {
  readonly trace: Trace
  readonly scope: Scope
  readonly ctes: CteChain | undefined
  readonly query: ResolveQuery
  /** Whether a bare name may mean an output column of the same SELECT. */
  readonly aliases: boolean
}
