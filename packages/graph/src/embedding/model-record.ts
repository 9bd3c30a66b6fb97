import { quoteIdent } from '../compile/sql.js'
import { GraphError } from '../error.js'
import type { Db } from '../storage/database.js'
import { prepared } from '../storage/statements.js'

/**
 * Which model made the vectors of a column, written in the transaction that
 * stores the first of them. Vectors given as data leave no record: nobody says what made them.
 */
const TABLE = `CREATE TABLE IF NOT EXISTS embedding_models (
  tbl TEXT NOT NULL, col TEXT NOT NULL, model TEXT NOT NULL, PRIMARY KEY (tbl, col)
) WITHOUT ROWID`

export function recordedModel(db: Db, table: string, column: string): string | undefined {
  const exists = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'embedding_models'"
  if (prepared(db, exists).get() === undefined) return undefined
  return db
    .prepare('SELECT model FROM embedding_models WHERE tbl = ? AND col = ?')
    .pluck()
    .get(table, column) as string | undefined
}

/** Inside a write transaction; `seq` is its commit. Throws `embedding_model_mismatch`. */
export function recordModel(
  db: Db,
  at: { table: string; column: string; name: string },
  model: string,
  seq: number,
): void {
  db.exec(TABLE)
  const found = recordedModel(db, at.table, at.column)
  if (found === model) return
  if (found !== undefined && holdsVectors(db, at, seq)) throw modelMismatch(at.name, found, model)
  db.prepare('INSERT OR REPLACE INTO embedding_models(tbl, col, model) VALUES (?, ?, ?)').run(
    at.table,
    at.column,
    model,
  )
}

/** Vectors of earlier commits; without any, another model may begin. */
function holdsVectors(db: Db, at: { table: string; column: string }, seq: number): boolean {
  const text = `SELECT 1 FROM ${quoteIdent(at.table)} WHERE ${quoteIdent(at.column)} IS NOT NULL AND born <> ? LIMIT 1`
  return db.prepare(text).get(seq) !== undefined
}

export function modelMismatch(name: string, stored: string, bound: string): GraphError {
  return new GraphError(
    'conflict',
    'embedding_model_mismatch',
    `The vectors of ${name} are made by ${JSON.stringify(stored)}; the bound provider uses ${JSON.stringify(bound)}.`,
    {
      remedy: `Bind a provider with the model ${JSON.stringify(stored)}: vectors of two models cannot be compared. To change the model, add a property with @embed for the new one.`,
      details: { stored, bound },
    },
  )
}
