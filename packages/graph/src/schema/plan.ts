import { type Diagnostic, hasErrors } from '@groundplane/core'
import { checkSchema, type SchemaModel } from '@groundplane/lang'
import type { CommitInfo } from '../api.js'
import type { GraphDiagnosticCode } from '../error-codes.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import type { Db } from '../storage/database.js'
import { type CommitRow, commitInfo, type History } from '../storage/history.js'
import type { SchemaStore } from '../storage/schema-store.js'
import type { View } from '../storage/view.js'
import { type Comparison, compareSchemas, type MigrationStep } from './compare.js'
import { dataViolations } from './data-checks.js'
import { dataInUse } from './hard-drop.js'

/**
 * What applying a schema would do. `supported` means it would succeed on the
 * data as it is now; else `diagnostics` say why not: errors in the text, steps
 * that cannot be done (`migration_unsupported`), rows that break a new rule.
 */
export interface MigrationPlan {
  readonly supported: boolean
  readonly steps: readonly MigrationStep[]
  readonly diagnostics: readonly Diagnostic[]
  /** The head it was planned against. */
  readonly commit: CommitInfo
}

/** A plan with what `apply` needs besides. */
export interface PreparedMigration extends Omit<MigrationPlan, 'commit'> {
  readonly model: SchemaModel | null
  readonly comparison: Comparison | null
}

interface PlanEnvironment {
  readonly db: Db
  readonly history: History
  readonly schemas: SchemaStore
}

export interface MigrationOptions {
  /** Default `main`. Other branches keep the schema they have. */
  readonly branch?: string
  /** Makes every drop hard: the data is erased from past commits too, for good. */
  readonly allowDataLoss?: boolean
}

export function planSchemaText(
  env: PlanEnvironment,
  source: string,
  options: MigrationOptions = {},
): MigrationPlan {
  const { commit, view } = env.history.resolve({ branch: options.branch ?? 'main' })
  const { supported, steps, diagnostics } = prepareMigration(env, source, commit, view, options)
  return { supported, steps, diagnostics, commit: commitInfo(commit) }
}

/** Reads only. Inside a transaction, so that what it found still holds when it is applied. */
export function prepareMigration(
  env: PlanEnvironment,
  source: string,
  head: Pick<CommitRow, 'br' | 'schema_version'>,
  view: View,
  options: MigrationOptions,
): PreparedMigration {
  const { model, diagnostics } = checkSchema(source)
  if (!model || hasErrors(diagnostics))
    return { supported: false, steps: [], diagnostics, model: null, comparison: null }
  const current: BoundSchema = env.schemas.at(head.schema_version)
  const comparison = compareSchemas(current.model, model, options.allowDataLoss ? 'hard' : 'soft')
  const found = [...diagnostics, ...unsupported(comparison.steps)]
  // The branch itself, not the one its head was made on: a new branch has no commit of its own.
  const br = view.chain[0]?.br ?? head.br
  if (options.allowDataLoss) found.push(...dataInUse(env, br, current, comparison.dropped))
  if (!hasErrors(found)) found.push(...dataViolations(env.db, current, comparison, view))
  return { supported: !hasErrors(found), steps: comparison.steps, diagnostics: found, model, comparison }
}

function unsupported(steps: readonly MigrationStep[]): Diagnostic[] {
  return steps
    .filter((s) => s.kind === 'unsupported_change')
    .map((s) => ({
      code: 'migration_unsupported' satisfies GraphDiagnosticCode,
      severity: 'error',
      message: s.reason ?? `${s.type} cannot be changed this way.`,
      ...(s.remedy !== undefined && { remedy: s.remedy }),
      path: s.property === undefined ? s.type : `${s.type}.${s.property}`,
    }))
}
