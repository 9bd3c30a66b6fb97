import type { EdgeModel, NodeModel, SchemaModel } from '@groundplane/lang'
import type { WriteContext } from '../api.js'
import { quoteIdent } from '../compile/sql.js'
import { GraphError, violationError } from '../error.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import { createType } from '../storage/create.js'
import type { Db } from '../storage/database.js'
import { columnDefinition, indexesOf } from '../storage/format.js'
import type { CommitRow } from '../storage/history.js'
import {
  type Layout,
  type Lineage,
  layoutKey,
  type PhysicalNames,
  planLayout,
  type TypeLayout,
} from '../storage/layout.js'
import { MAIN } from '../storage/view.js'
import { abandonWrite, beginWrite, finishWrite, type WriteEnvironment } from '../write/commit-writer.js'
import type { Comparison } from './compare.js'
import { type PreparedMigration, prepareMigration } from './plan.js'

/**
 * Applies a schema as one commit: plan and effect under one write lock, all or
 * nothing. Drops are soft: columns and tables stay, so past commits go on
 * answering with the schema of their time. Null when the schema is in force already.
 */
export function applySchemaText(env: WriteEnvironment, source: string, ctx: WriteContext): CommitRow | null {
  const write = beginWrite(env, ctx)
  if (write.branch.br !== MAIN) {
    throw new GraphError('unsupported', 'schema_branch_unsupported', 'A schema is applied on main only.', {
      remedy: 'Leave the branch out.',
    })
  }
  const current = write.changes.schema
  const plan = prepareMigration(env, source, write.head, write.changes.view)
  refuse(plan)
  const { model, comparison } = plan as PreparedMigration & { model: SchemaModel; comparison: Comparison }
  if (model.digest === current.digest) {
    abandonWrite(env)
    return null
  }
  const layout = planLayout(model, lineageOf(comparison, current), physicalNames(env.db))
  alterTables(env.db, model, layout, current, comparison)
  const version = env.schemas.add(source, model, layout, write.seq)
  return finishWrite(env, write, ctx, 'schema', { version, digest: model.digest })
}

function refuse(plan: PreparedMigration): void {
  if (plan.supported) return
  const errors = plan.diagnostics.filter((d) => d.severity === 'error')
  if (!plan.model) {
    throw new GraphError('invalid', 'schema_invalid', `The schema has errors: ${errors[0]?.message ?? ''}`, {
      remedy: errors[0]?.remedy ?? 'Correct the schema.',
      diagnostics: plan.diagnostics,
    })
  }
  if (!errors.some((d) => d.code === 'migration_unsupported')) throw violationError(errors)
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new GraphError('unprocessable', 'migration_unsupported', `${errors[0]?.message}${more}`, {
    remedy: errors[0]?.remedy ?? 'Change the schema in supported steps.',
    diagnostics: errors,
    details: { steps: plan.steps },
  })
}

function lineageOf(comparison: Comparison, current: BoundSchema): Lineage {
  const pairOf = (type: NodeModel | EdgeModel) => comparison.types.find((p) => p.after === type)
  const layoutBefore = (type: NodeModel | EdgeModel): TypeLayout | null => {
    const before = pairOf(type)?.before
    return before ? (current.layout.types[layoutKey(before.kind, before.name)] ?? null) : null
  }
  return {
    type: layoutBefore,
    property: (type, property) => {
      const old = pairOf(type)?.properties.get(property)
      return old ? (layoutBefore(type)?.columns[old.name] ?? null) : null
    },
  }
}

function physicalNames(db: Db): PhysicalNames {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'index')")
    .pluck()
    .all() as string[]
  const nextTid = ((db.prepare('SELECT MAX(tid) FROM types').pluck().get() as number | null) ?? 0) + 1
  return {
    tables: new Set(tables.map((t) => t.toLowerCase())),
    columns: (table) => {
      const columns = db.pragma(`table_info(${quoteIdent(table)})`) as { name: string }[]
      return new Set(columns.map((c) => c.name.toLowerCase()))
    },
    nextTid,
  }
}

function alterTables(
  db: Db,
  model: SchemaModel,
  layout: Layout,
  current: BoundSchema,
  comparison: Comparison,
): void {
  for (const type of [...model.nodes, ...model.edges]) {
    const where = layout.types[layoutKey(type.kind, type.name)] as TypeLayout
    const pair = comparison.types.find((p) => p.after === type)
    const before = pair?.before
    if (!pair || !before) {
      createType(db, type, where)
      continue
    }
    for (const property of type.properties) {
      if (pair.properties.has(property.name)) continue
      db.exec(
        `ALTER TABLE ${quoteIdent(where.table)} ADD COLUMN ${columnDefinition(type, property.name, where)}`,
      )
    }
    const old = indexesOf(before, current.layout.types[layoutKey(before.kind, before.name)] as TypeLayout)
    const now = indexesOf(type, where)
    for (const index of old) {
      if (!now.some((n) => n.name === index.name)) db.exec(`DROP INDEX IF EXISTS ${quoteIdent(index.name)}`)
    }
    for (const index of now) db.exec(index.sql)
  }
}
