import { isoTime } from '@groundplane/core'
import type {
  AskedQuery,
  AssertionDatabase,
  ParentColumn,
  RowCounts,
  Sampling,
} from '../assertion/assertion-database.js'
import { type CheckedAssertion, parseDurationMs } from '../assertion/assertion-definition.js'
import { isPii, printKey } from '../assertion/failing-key.js'
import { type Judgement, unjudged } from '../assertion/judgement.js'
import { quoteName } from '../quote-name.js'
import { SourceError } from '../source-error.js'
import {
  type CompiledPredicate,
  type CompiledStatement,
  compileCount,
  compileDuplicates,
  compileNewest,
  compileOrphans,
  compilePredicate,
  compileSample,
  compileScan,
  compileUnique,
} from './compile-assertion.js'
import { sqlName } from './count-rows.js'
import type { ObservedColumn, ObservedTable } from './observe-schema.js'
import { refusalOf, sqlStateOf } from './postgres-error.js'
import { qualifiedName, shortName } from './postgres-names.js'
import { OWN_STATEMENT, type PostgresSession, type TextRow } from './postgres-session.js'

/** What is left of `$1` milliseconds since `$2`, as the time the next statement may take. */
const LEFT_OF = `SELECT set_config('statement_timeout', greatest(1, $1::integer - (extract(epoch FROM clock_timestamp() - $2::timestamptz) * 1000)::integer)::text, true)`

/** A condition that is judged in the scan of its table, or, where a scan would run it once per row, by itself. */
export interface PostgresPredicate {
  readonly compiled: CompiledPredicate
  readonly alone: boolean
}

/** Assertions over one session: everything is judged on its snapshot, queries of people included. */
export class PostgresAssertions implements AssertionDatabase<ObservedTable, PostgresPredicate> {
  readonly names: readonly string[]
  readonly #session: PostgresSession
  readonly #byName: ReadonlyMap<string, ObservedTable>
  readonly #byFolded: ReadonlyMap<string, readonly ObservedTable[]>

  constructor(session: PostgresSession, tables: readonly ObservedTable[]) {
    this.#session = session
    this.#byName = new Map(tables.map((t) => [t.name, t]))
    const folded = new Map<string, ObservedTable[]>()
    for (const t of tables) {
      const key = t.name.toLowerCase()
      folded.set(key, [...(folded.get(key) ?? []), t])
    }
    this.#byFolded = folded
    this.names = tables.map((t) => shortName(t.name))
  }

  /** Exactly as written, or the only one that differs in casing. */
  find(dataset: string): ObservedTable | undefined {
    const name = qualifiedName(dataset)
    return this.#byName.get(name) ?? only(this.#byFolded.get(name.toLowerCase()) ?? [])
  }

  columnOf(table: ObservedTable, name: string): string | undefined {
    if (table.columns.some((c) => c.name === name)) return name
    return only(table.columns.filter((c) => c.name.toLowerCase() === name.toLowerCase()))?.name
  }

  predicate(
    assertion: CheckedAssertion,
    table: ObservedTable,
    column: string,
    parent: ParentColumn<ObservedTable> | undefined,
  ): PostgresPredicate | undefined {
    if (parent) return { compiled: compileOrphans(table, column, parent.table, parent.column), alone: true }
    const compiled = compilePredicate(assertion, columnNamed(table, column))
    return compiled && { compiled, alone: false }
  }

  async scan(
    table: ObservedTable,
    predicates: readonly PostgresPredicate[],
  ): Promise<{ total: number; failed: number[] }> {
    const together = predicates.filter((p) => !p.alone)
    const [total = 0, ...counted] = await this.#numbers(
      compileScan(
        table,
        together.map((p) => p.compiled),
      ),
    )
    const failed: number[] = []
    for (const predicate of predicates) {
      const [count = 0] = predicate.alone
        ? await this.#numbers(compileCount(table, predicate.compiled))
        : counted.splice(0, 1)
      failed.push(count)
    }
    return { total, failed }
  }

  /** Rows by primary key; where there is none to be shown, a table's by `ctid`, their place in this snapshot. */
  async sample(
    table: ObservedTable,
    { compiled }: Pick<PostgresPredicate, 'compiled'>,
    { limit, metadata }: Sampling,
  ): Promise<string[]> {
    const byKey = table.primaryKey.length > 0 && !table.primaryKey.some((c) => isPii(metadata, c))
    if (!byKey && table.kind !== 'table') return []
    const names = byKey ? table.primaryKey : ['ctid']
    const columns = byKey ? names.map(quoteName) : ['ctid']
    const { sql, parameters } = compileSample(table, columns, compiled, limit)
    try {
      const { rows } = await this.#session.attempt(sql, parameters)
      return rows.map((row) => printKey(names, row))
    } catch (error) {
      // Who may count rows may still not be allowed to read their key.
      if (error instanceof SourceError) throw error
      return []
    }
  }

  async duplicates(table: ObservedTable, columns: readonly string[]): Promise<RowCounts> {
    const [total = 0, failed = 0] = await this.#numbers(compileUnique(table, columns))
    return { total, failed }
  }

  sampleDuplicates(table: ObservedTable, columns: readonly string[], sampling: Sampling): Promise<string[]> {
    return this.sample(table, { compiled: compileDuplicates(table, columns) }, sampling)
  }

  async freshness(table: ObservedTable, column: string, maxAge: string, nowMs: number): Promise<Judgement> {
    const [row] = await this.#rows(compileNewest(table, columnNamed(table, column)))
    const [present, newest] = row ?? []
    const shown = `${shortName(table.name)}.${column}`
    if (Number(present) === 0)
      return { failed: 1, total: 1, sampleKeys: [], message: `${shown} has no value at all` }
    if (newest === null || newest === undefined) return unjudged(`no value of ${shown} can be read as a time`)
    const newestMs = Math.floor(Number(newest) * 1_000)
    if (nowMs - newestMs <= (parseDurationMs(maxAge) as number))
      return { failed: 0, total: 1, sampleKeys: [] }
    const message = `the newest ${column} of ${shortName(table.name)} is ${isoTime(newestMs)}, older than ${maxAge}`
    return { failed: 1, total: 1, sampleKeys: [], message }
  }

  /**
   * Rows that a query of people returns, each a failure. The server itself refuses what is not a single
   * SELECT (a cursor takes nothing else, the protocol one statement), what writes (the transaction is
   * read-only), and ends what takes too long. Samples show only columns that are, by the server's own
   * account, unchanged key columns of the dataset that may be shown; an expression could hide anything.
   */
  async query(table: ObservedTable, { query, limit, metadata, queryMs }: AskedQuery): Promise<Judgement> {
    const text = query.trim().replace(/(?:;\s*)+$/, '')
    const declare = `DECLARE gp_asked NO SCROLL CURSOR FOR ${text}\n${OWN_STATEMENT}`
    try {
      const { failed, sampleKeys } = await this.#session.attempts(queryMs, async (send) => {
        const started = (await send('SELECT clock_timestamp()')).rows[0]?.[0]
        await send(declare)
        const first = await send(`FETCH FORWARD ${Math.max(limit, 1)} FROM gp_asked`)
        await send(LEFT_OF, [queryMs, started])
        const rest = await send('MOVE FORWARD ALL IN gp_asked')
        return {
          failed: first.rows.length + rest.count,
          sampleKeys: limit > 0 ? keysOf(table, first, metadata) : [],
        }
      })
      const [total = 0] = await this.#numbers({
        sql: `SELECT ${OWN_STATEMENT} count(*) FROM ${sqlName(table)}`,
        parameters: [],
      })
      if (failed === 0) return { failed, total, sampleKeys: [] }
      const message = `the query returns ${failed} rows, expected none`
      return { failed, total: Math.max(total, failed), sampleKeys, message }
    } catch (error) {
      if (error instanceof SourceError) throw error
      return unjudged(queryRefusal(error, queryMs))
    }
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  async #numbers(statement: CompiledStatement): Promise<number[]> {
    const [row = []] = await this.#rows(statement)
    return row.map(Number)
  }

  async #rows({ sql, parameters }: CompiledStatement): Promise<readonly TextRow[]> {
    try {
      return (await this.#session.attempt(sql, parameters)).rows
    } catch (error) {
      throw error instanceof SourceError ? error : new Error(refusalOf(error))
    }
  }
}

function queryRefusal(error: unknown, queryMs: number): string {
  const state = sqlStateOf(error)
  if (state === '57014') return `the query did not finish within ${queryMs} ms`
  if (state === '42601' || state === '42P11')
    return `the query is not a single SELECT that the database understands: ${refusalOf(error)}`
  return refusalOf(error)
}

interface Fetched {
  readonly rows: readonly TextRow[]
  readonly fields: readonly { readonly tableID: number; readonly columnID: number }[]
}

function keysOf(table: ObservedTable, { rows, fields }: Fetched, metadata: Sampling['metadata']): string[] {
  const shown = fields.flatMap(({ tableID, columnID }, at) => {
    const column = tableID === table.oid && table.columns.find((c) => c.number === columnID)
    return column && table.primaryKey.includes(column.name) && !isPii(metadata, column.name)
      ? [{ name: column.name, at }]
      : []
  })
  if (shown.length === 0) return []
  const names = shown.map((s) => s.name)
  return rows.map((row) =>
    printKey(
      names,
      shown.map((s) => row[s.at]),
    ),
  )
}

function columnNamed(table: ObservedTable, name: string): ObservedColumn {
  return table.columns.find((c) => c.name === name) as ObservedColumn
}

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined
}
