import type { EdgeModel, NodeModel, SchemaModel } from '@groundplane/lang'
import type { Json, WriteContext } from '../api.js'
import { ident, quoteIdent, sql } from '../compile/sql.js'
import { GraphError, violationError } from '../error.js'
import type { BoundSchema } from '../storage/bound-schema.js'
import { createType } from '../storage/create.js'
import type { Db } from '../storage/database.js'
import { columnDefault, columnDefinition, indexesOf } from '../storage/format.js'
import type { CommitRow } from '../storage/history.js'
import {
  type Layout,
  type Lineage,
  layoutKey,
  type PhysicalNames,
  planLayout,
  type TypeLayout,
} from '../storage/layout.js'
import { anyOf } from '../storage/view.js'
import type { Changeset } from '../write/changeset.js'
import { abandonWrite, beginWrite, finishWrite, type WriteEnvironment } from '../write/commit-writer.js'
import type { Comparison } from './compare.js'
import { eraseDropped, otherHeads } from './hard-drop.js'
import { type PreparedMigration, prepareMigration } from './plan.js'

export interface SchemaContext extends WriteContext {
  /** Erases what the schema drops from past commits too, for good. Refused while another branch reads it (`data_in_use`). */
  readonly allowDataLoss?: boolean
}

/**
 * Applies a schema to a branch as one commit: plan and effect under one write
 * lock, all or nothing. Other branches keep the schema of their own head. Drops
 * are soft unless `allowDataLoss`: columns and tables stay, so past commits go on
 * answering with the schema of their time. Null when the schema is in force already.
 */
export function applySchemaText(env: WriteEnvironment, source: string, ctx: SchemaContext): CommitRow | null {
  if (!ctx.allowDataLoss) return migrate(env, source, ctx)
  env.db.pragma('secure_delete = ON')
  try {
    const commit = migrate(env, source, ctx)
    // The erased pages leave the log too; a reader in the way delays that to the next checkpoint.
    env.db.pragma('wal_checkpoint(TRUNCATE)')
    return commit
  } finally {
    env.db.pragma('secure_delete = OFF')
  }
}

function migrate(env: WriteEnvironment, source: string, ctx: SchemaContext): CommitRow | null {
  const write = beginWrite(env, ctx, 'schema')
  const current = write.changes.schema
  const options = { allowDataLoss: ctx.allowDataLoss === true }
  const plan = prepareMigration(env, source, write.head, write.changes.view, options)
  refuse(plan)
  const { model, comparison } = plan as PreparedMigration & { model: SchemaModel; comparison: Comparison }
  if (model.digest === current.digest) {
    abandonWrite(env)
    return null
  }
  const layout = planLayout(model, lineageOf(comparison, current), physicalNames(env.db))
  const wanted = indexNames(otherHeads(env, write.branch.br).map((h) => h.schema))
  alterTables(env.db, model, layout, current, comparison, wanted)
  if (options.allowDataLoss) eraseDropped(env.db, write.seq, current, comparison.dropped)
  const version = env.schemas.add(source, model, layout, write.seq)
  const changes = write.changes.withSchema(env.schemas.at(version))
  fillDefaults(changes, comparison)
  return finishWrite(env, { ...write, changes }, ctx, 'schema', { version, digest: model.digest })
}

const FILL_PAGE = 1000

/** Rows without a value of a property that is now required get its default, as new versions: the past keeps its nulls. */
function fillDefaults(changes: Changeset, comparison: Comparison): void {
  for (const { after, properties } of comparison.types) {
    const filled = after.properties.filter((p) => {
      const old = properties.get(p.name)
      return old?.nullable === true && !p.nullable && p.default !== undefined
    })
    if (filled.length === 0) continue
    const type = after.kind === 'node' ? changes.nodeType(after.name) : changes.edgeType(after.name)
    const column = (name: string) => sql`t.${ident(type.byName.get(name)?.column ?? '')}`
    const empty = anyOf(filled.map((p) => sql`${column(p.name)} IS NULL`))
    // A filled row no longer matches, so the walk never meets what it wrote.
    for (let page = changes.writer(type).page(0, empty, [], FILL_PAGE); page.length > 0; ) {
      for (const row of page) {
        const missing = filled.filter(
          (p) => row.values[type.properties.findIndex((q) => q.name === p.name)] === null,
        )
        changes.patch(type, row, Object.fromEntries(missing.map((p) => [p.name, p.default as Json])))
      }
      page = changes.writer(type).page(page.at(-1)?.vid ?? 0, empty, [], FILL_PAGE)
    }
  }
}

/** Names of all indexes that some schemas ask for. */
function indexNames(schemas: readonly BoundSchema[]): ReadonlySet<string> {
  const names = schemas.flatMap((schema) =>
    [...schema.byTid.values()].flatMap((type) => {
      const layout = schema.layout.types[layoutKey(type.kind, type.name)] as TypeLayout
      return indexesOf(type.model, layout).map((index) => index.name)
    }),
  )
  return new Set(names)
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
  const inUse = errors.find((d) => d.code === 'data_in_use')
  if (inUse) {
    throw new GraphError('conflict', 'data_in_use', inUse.message, {
      remedy: inUse.remedy ?? 'Drop softly.',
      diagnostics: errors,
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
  wantedElsewhere: ReadonlySet<string>,
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
        `ALTER TABLE ${quoteIdent(where.table)} ADD COLUMN ${columnDefinition(type, property.name, where)}${columnDefault(property)}`,
      )
    }
    const old = indexesOf(before, current.layout.types[layoutKey(before.kind, before.name)] as TypeLayout)
    const now = indexesOf(type, where)
    for (const index of old) {
      const wanted = wantedElsewhere.has(index.name) || now.some((n) => n.name === index.name)
      if (!wanted) db.exec(`DROP INDEX IF EXISTS ${quoteIdent(index.name)}`)
    }
    for (const index of now) db.exec(index.sql)
  }
}
