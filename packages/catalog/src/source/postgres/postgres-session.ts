import { type PostgresAddress, printAddress } from '@groundplane/core'
import type { Client, FieldDef } from 'pg'
import { stopWhenCancelled } from '../harvest.js'
import { connectionError, sessionError, sqlStateOf, statementError } from './postgres-error.js'
import { tlsSettings } from './postgres-source.js'

/** Every value as the server prints it; null stays null. */
export type TextRow = readonly (string | null)[]

export interface TextResult {
  readonly rows: readonly TextRow[]
  readonly fields: readonly FieldDef[]
  /** Rows that the command went over, for commands that say so. */
  readonly count: number
}

export interface SessionOptions {
  /** How long one statement may take, in milliseconds; then the server ends it. */
  readonly statementMs: number
  /** How long a statement waits for a lock, in milliseconds. */
  readonly lockMs?: number
  /** `search_path` of the session; default as the server sets it for the user. */
  readonly searchPath?: string
  /** Breaks the connection when aborted. */
  readonly signal?: AbortSignal
}

/** Set once, when everything else is; going back to it leaves it in place. */
const START = 'SAVEPOINT gp_start'
const BACK = 'ROLLBACK TO SAVEPOINT gp_start'
const CONNECT_MS = 10_000
const LOCK_MS = 2_000
/** A server that does not even end its own statement in time is taken as lost this long after. */
const GRACE_MS = 5_000

/** In every statement over data, so that what we ask is told from what people ask in `pg_stat_statements`. */
export const OWN_STATEMENT = '/* groundplane */'

/**
 * One connection, in one read-only transaction on one snapshot from its start to its end. Nothing can be
 * written through it. A refused statement leaves the transaction usable. Statements go one at a time.
 */
export class PostgresSession {
  /** For messages; without user and password. */
  readonly where: string
  readonly #client: Client
  readonly #statementMs: number
  #lost: unknown

  private constructor(client: Client, where: string, statementMs: number) {
    this.#client = client
    this.where = where
    this.#statementMs = statementMs
    client.on('error', (error) => {
      this.#lost ??= error
    })
  }

  /** Throws `SourceError`. */
  static async open(address: PostgresAddress, options: SessionOptions): Promise<PostgresSession> {
    const where = printAddress(address)
    const ssl = tlsSettings(address)
    // Loaded when there is something to connect to: 60 ms that no other command is to pay.
    const { Client } = await import('pg')
    const client = new Client({
      host: address.host,
      port: address.port,
      database: address.database,
      user: address.user,
      password: address.password,
      ssl: ssl ?? false,
      application_name: 'groundplane',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
      types: { getTypeParser: (() => (text: string) => text) as never },
    })
    const session = new PostgresSession(client, where, options.statementMs)
    const cut = (): void => void client.connection.stream.destroy()
    options.signal?.addEventListener('abort', cut, { once: true })
    try {
      await client.connect()
      await session.#begin(options)
      return session
    } catch (error) {
      await session.close()
      stopWhenCancelled(options.signal, where)
      throw connectionError(error, where)
    }
  }

  async #begin({ statementMs, lockMs = LOCK_MS, searchPath }: SessionOptions): Promise<void> {
    await this.#send('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY', [], statementMs)
    const settings: readonly (readonly [string, string])[] = [
      ['statement_timeout', String(statementMs)],
      ['lock_timeout', String(lockMs)],
      ['TimeZone', 'UTC'],
      ['DateStyle', 'ISO, YMD'],
      ['IntervalStyle', 'postgres'],
      ['bytea_output', 'hex'],
      // Rows that a policy hides would be left out of every count without a word; so it is an error instead.
      ['row_security', 'off'],
      ['jit', 'off'],
      ...(searchPath === undefined ? [] : ([['search_path', searchPath]] as const)),
    ]
    const places = settings.map((_, i) => `($${2 * i + 1}::text, $${2 * i + 2}::text)`).join(', ')
    const sql = `SELECT set_config(v.name, v.value, true) FROM (VALUES ${places}) v(name, value)`
    await this.#send(sql, settings.flat(), statementMs)
    await this.#noticeOurEnd(statementMs)
    await this.#send(START, [], statementMs)
  }

  /** The server looks now and then whether we are still there; not before version 14, and not on every system. */
  async #noticeOurEnd(statementMs: number): Promise<void> {
    await this.#send('SAVEPOINT gp_optional', [], statementMs)
    try {
      await this.#send(`SELECT set_config('client_connection_check_interval', '2000', true)`, [], statementMs)
    } catch (error) {
      if (sqlStateOf(error) === undefined) throw error
      await this.#send('ROLLBACK TO SAVEPOINT gp_optional', [], statementMs)
    }
  }

  /** Rows of a statement that must succeed for anything to be said of the source. Throws `SourceError`. */
  async rows(sql: string, values: readonly unknown[] = []): Promise<readonly TextRow[]> {
    try {
      return (await this.#send(sql, values, this.#statementMs)).rows
    } catch (error) {
      throw statementError(error, this.where)
    }
  }

  /**
   * A statement that the server may refuse: the refusal is thrown as the driver gives it (`sqlStateOf`,
   * `refusalOf`), and later statements work as if it had not been sent. A lost connection is `SourceError`.
   */
  async attempt(sql: string, values: readonly unknown[] = []): Promise<TextResult> {
    try {
      return await this.#send(sql, values, this.#statementMs)
    } catch (error) {
      throw await this.#backFrom(error)
    }
  }

  /** Several statements that are refused as one; each may take `statementMs`. What they set up is gone afterwards. */
  async attempts<T>(
    statementMs: number,
    body: (send: (sql: string, values?: readonly unknown[]) => Promise<TextResult>) => Promise<T>,
  ): Promise<T> {
    try {
      const limit = ['statement_timeout', String(statementMs)]
      await this.#send('SELECT set_config($1, $2, true)', limit, this.#statementMs)
      const result = await body((sql, values = []) => this.#send(sql, values, statementMs))
      // Also after a success: it ends cursors and takes back settings.
      await this.#send(BACK, [], this.#statementMs)
      return result
    } catch (error) {
      throw await this.#backFrom(error)
    }
  }

  /** Makes the transaction usable again after a refusal; answers what to throw. */
  async #backFrom(error: unknown): Promise<unknown> {
    const lost = sessionError(error, this.where)
    if (lost) return lost
    try {
      await this.#send(BACK, [], this.#statementMs)
      return error
    } catch (broken) {
      return sessionError(broken, this.where) ?? broken
    }
  }

  /** The extended protocol throughout: it takes one statement at a time, whatever the text holds. */
  async #send(sql: string, values: readonly unknown[], statementMs: number): Promise<TextResult> {
    if (this.#lost !== undefined) throw this.#lost
    const query = { text: sql, values: [...values], rowMode: 'array' as const, queryMode: 'extended' }
    const stream = this.#client.connection.stream
    const timer = setTimeout(() => {
      this.#lost ??= new Error(`the server did not answer within ${statementMs + GRACE_MS} ms`)
      stream.destroy()
    }, statementMs + GRACE_MS)
    try {
      const { rows, fields, rowCount } = await this.#client.query<(string | null)[]>(query)
      return { rows, fields, count: rowCount ?? 0 }
    } catch (error) {
      if ((error as { severity?: string }).severity === undefined) this.#lost ??= error
      throw this.#lost ?? error
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the transaction and the connection; never fails. */
  async close(): Promise<void> {
    this.#lost ??= new Error('the session was closed')
    this.#client.connection.stream.on('error', () => {})
    await Promise.race([
      this.#client.end().catch(() => {}),
      new Promise<void>((resolve) => this.#client.connection.stream.once('close', () => resolve())),
    ])
  }
}
