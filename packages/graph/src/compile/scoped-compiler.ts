import type { Expression } from '@groundplane/lang'
import type { Scope } from './scope.js'
import type { Sql } from './sql.js'

/** What a part of an expression needs of the compiler that holds it. */
export interface ScopedCompiler {
  readonly scope: Scope
  compile(expression: Expression): Sql
}
