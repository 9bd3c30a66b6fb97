import type { SchemaModel } from '@groundplane/lang'
import { GraphError } from '../error.js'
import { type BoundSchema, bindSchema } from './bound-schema.js'
import type { Db } from './database.js'
import { COUNT_ERASURES, NOTHING_ERASED, readErasures } from './erasure.js'
import type { Layout } from './layout.js'

/** Schemas by version, bound once per connection. */
export class SchemaStore {
  readonly #db: Db
  readonly #bound = new Map<number, BoundSchema>()
  readonly #countErasures
  #erasures = 0

  constructor(db: Db) {
    this.#db = db
    this.#countErasures = db.prepare(COUNT_ERASURES).pluck()
  }

  /** `erasures`: how many there are in the current transaction, for who knows. */
  at(version: number, erasures = this.#countErasures.get() as number): BoundSchema {
    // Another connection may have erased what a schema bound here still promises.
    if (erasures !== this.#erasures) this.#bound.clear()
    this.#erasures = erasures
    let bound = this.#bound.get(version)
    if (!bound) {
      const row = this.#db
        .prepare('SELECT digest, source, model, layout FROM schemas WHERE version = ?')
        .get(version) as { digest: string; source: string; model: string; layout: string } | undefined
      if (!row) throw torn(version)
      const [model, layout] = stored(row, version)
      bound = bindSchema(
        row.source,
        row.digest,
        model,
        layout,
        erasures > 0 ? readErasures(this.#db) : NOTHING_ERASED,
      )
      this.#bound.set(version, bound)
    }
    return bound
  }

  /** Stores a schema as the one in force from `seq` on and returns its version. Inside a write transaction. */
  add(source: string, model: SchemaModel, layout: Layout, seq: number): number {
    const added = this.#db
      .prepare('INSERT INTO schemas(digest, source, model, layout, first_seq) VALUES (?, ?, ?, ?, ?)')
      .run(model.digest, source, modelText(model), JSON.stringify(layout), seq)
    return Number(added.lastInsertRowid)
  }

  /** Forgets what a rolled-back transaction may have bound. */
  forget(): void {
    this.#bound.clear()
  }
}

function stored(row: { model: string; layout: string }, version: number): [SchemaModel, Layout] {
  try {
    return [parseModel(row.model), JSON.parse(row.layout) as Layout]
  } catch (cause) {
    throw torn(version, cause)
  }
}

/** A schema is written in one transaction with the commit that names it: nothing of ours leaves this. */
function torn(version: number, cause?: unknown): GraphError {
  return new GraphError(
    'unavailable',
    'graph_unreadable',
    `The graph is damaged: its schema ${version} is lost or cannot be read.`,
    { remedy: 'Restore the graph from a backup or an export.', cause },
  )
}

/** A model as JSON; integers beyond the safe range are kept exactly. */
export function modelText(model: SchemaModel): string {
  return JSON.stringify(model, (_, value) =>
    typeof value === 'bigint' ? { $bigint: value.toString() } : value,
  )
}

export function parseModel(text: string): SchemaModel {
  return JSON.parse(text, (_, value) =>
    typeof value === 'object' && value !== null && typeof value.$bigint === 'string'
      ? BigInt(value.$bigint)
      : value,
  ) as SchemaModel
}
