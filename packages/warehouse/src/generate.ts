import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { jsonDigest } from '@groundplane/core'
import Database from 'better-sqlite3'
import {
  geolocationRows,
  productRows,
  type Row,
  sellerChoice,
  sellerRows,
  translationRows,
} from './catalogue-rows.js'
import { WarehouseError } from './error.js'
import { customerRows, itemRows, orderRows, paymentRows, reviewRows } from './order-rows.js'
import { randomStream, sample } from './random.js'
import { FAULTS, INDEXES_SQL, ROWS, TABLES_SQL, type TableName, VIEWS_SQL } from './schema.js'
import { emptyWorld, type World } from './world.js'

/** Raised whenever the same options give other rows or tables: files of an older generator are then made again. */
const GENERATOR_VERSION = 2
/** "gpWH", so that `file` and SQLite tools can tell whose file it is. */
const APPLICATION_ID = 0x67705748
const DEFAULT_SEED = 20_161_001

export type WarehouseName = 'olist_source' | 'olist_dirty'

export interface GenerateOptions {
  /** Directory for `olist_source.db` and `olist_dirty.db`; made when absent. */
  readonly dir: string
  /** `geolocation` is the share of its 1,000,163 rows to make, 0 < share ≤ 1. Other tables keep their size. */
  readonly scale?: { readonly geolocation?: number }
  readonly seed?: number
  readonly onProgress?: (progress: GenerateProgress) => void
}

export interface GenerateProgress {
  readonly warehouse: WarehouseName
  readonly stage: 'rows' | 'indexes' | 'copy' | 'faults' | 'publish' | 'current'
  readonly table?: string
  /** Rows of the whole warehouse so far, and in the end. */
  readonly done: number
  readonly total: number
}

export interface Warehouse {
  readonly name: WarehouseName
  readonly path: string
  /** Rows of all base tables. */
  readonly rows: number
  /** Rows by base table. */
  readonly tables: Readonly<Record<TableName, number>>
  /** Wall time; a file that was already there costs only its check. */
  readonly ms: number
  /** False when the file was there already, made with the same options. */
  readonly made: boolean
}

/**
 * Makes the reference warehouse and, as a copy with three planted faults, the
 * production one. The same options give the same rows on every machine.
 *
 * Each file is written under another name and renamed when it is whole and on
 * disk: a process killed at any moment leaves a warehouse complete or absent, and
 * the next run removes what was left. Synchronous; one caller per directory.
 * Throws WarehouseError.
 */
export function generateWarehouses(options: GenerateOptions): Warehouse[] {
  const share = options.scale?.geolocation ?? 1
  if (!(share > 0 && share <= 1)) {
    throw new WarehouseError('invalid', 'warehouse_scale_invalid', `scale.geolocation is ${share}`, {
      remedy: 'Give a number above 0 and up to 1.',
    })
  }
  const seed = (options.seed ?? DEFAULT_SEED) | 0
  const plan: Plan = {
    seed,
    counts: { ...ROWS, olist_geolocation: Math.max(1, Math.round(ROWS.olist_geolocation * share)) },
    report: options.onProgress ?? (() => {}),
  }
  try {
    mkdirSync(options.dir, { recursive: true })
    removeLeftovers(options.dir)
    const source = join(options.dir, 'olist_source.db')
    const dirty = join(options.dir, 'olist_dirty.db')
    return [
      current(plan, 'olist_source', source) ??
        publish(plan, 'olist_source', source, (file) => writeReference(plan, file)),
      current(plan, 'olist_dirty', dirty) ??
        publish(plan, 'olist_dirty', dirty, (file) => writeProduction(plan, source, file)),
    ]
  } catch (error) {
    if (error instanceof WarehouseError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new WarehouseError(
      'unavailable',
      'warehouse_not_written',
      `cannot write the warehouses in ${options.dir}: ${reason}`,
      {
        remedy: 'Check that the directory can be written and has 400 MB free.',
        cause: error,
      },
    )
  }
}

interface Plan {
  readonly seed: number
  readonly counts: Readonly<Record<TableName, number>>
  readonly report: (progress: GenerateProgress) => void
}

/** What a file was made from, as the 31 bits SQLite keeps for the user. */
function marker(plan: Plan, name: WarehouseName): number {
  return Number.parseInt(jsonDigest([GENERATOR_VERSION, plan.seed, plan.counts, name]).slice(0, 7), 16)
}

function expectedTables(plan: Plan, name: WarehouseName): Record<TableName, number> {
  const deleted = name === 'olist_dirty' ? FAULTS.customersDeleted : 0
  return { ...plan.counts, olist_customers: plan.counts.olist_customers - deleted }
}

const sum = (tables: Readonly<Record<string, number>>) => Object.values(tables).reduce((a, b) => a + b, 0)

/** The warehouse when its file is there, made by the same plan and with every row; otherwise nothing. */
function current(plan: Plan, name: WarehouseName, path: string): Warehouse | undefined {
  if (!existsSync(path)) return undefined
  const started = performance.now()
  let db: Database.Database | undefined
  try {
    db = new Database(path, { readonly: true })
    if (db.pragma('user_version', { simple: true }) !== marker(plan, name)) return undefined
    const tables = expectedTables(plan, name)
    for (const [table, rows] of Object.entries(tables)) {
      if (db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() !== rows) return undefined
    }
    const rows = sum(tables)
    plan.report({ warehouse: name, stage: 'current', done: rows, total: rows })
    return { name, path, rows, tables, ms: performance.now() - started, made: false }
  } catch {
    // Not a database, or a damaged one: it is made again.
    return undefined
  } finally {
    db?.close()
  }
}

function publish(plan: Plan, name: WarehouseName, path: string, write: (file: string) => void): Warehouse {
  const started = performance.now()
  const partial = `${path}.partial-${process.pid}`
  try {
    write(partial)
    const tables = expectedTables(plan, name)
    const rows = sum(tables)
    plan.report({ warehouse: name, stage: 'publish', done: rows, total: rows })
    syncPath(partial)
    for (const suffix of ['-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
    renameSync(partial, path)
    syncPath(dirname(path))
    return { name, path, rows, tables, ms: performance.now() - started, made: true }
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

function writeReference(plan: Plan, file: string): void {
  const db = openFast(file)
  try {
    db.exec(TABLES_SQL)
    const world = emptyWorld(plan.seed)
    const total = sum(plan.counts)
    let done = 0
    for (const [table, rows] of tableRows(world, plan.counts)) {
      const before = done
      insertAll(db, table, rows, (inserted) => {
        done = before + inserted
        plan.report({ warehouse: 'olist_source', stage: 'rows', table, done, total })
      })
    }
    plan.report({ warehouse: 'olist_source', stage: 'indexes', done, total })
    for (const sql of INDEXES_SQL) db.exec(sql)
    db.exec(VIEWS_SQL)
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.pragma(`user_version = ${marker(plan, 'olist_source')}`)
  } finally {
    db.close()
  }
}

function* tableRows(world: World, counts: Plan['counts']): Iterable<[TableName, Iterable<Row>]> {
  yield ['product_category_name_translation', translationRows()]
  yield ['olist_geolocation', geolocationRows(world, counts.olist_geolocation)]
  yield ['olist_sellers', sellerRows(world, counts.olist_sellers)]
  yield ['olist_products', productRows(world, counts.olist_products)]
  yield ['olist_customers', customerRows(world, counts.olist_customers)]
  yield ['olist_orders', orderRows(world, counts.olist_orders)]
  const sellers = sellerChoice(world)
  yield ['olist_order_items', itemRows(world, counts.olist_order_items, (random) => sellers.draw(random))]
  yield ['olist_order_payments', paymentRows(world, counts.olist_order_payments)]
  yield ['olist_order_reviews', reviewRows(world, counts.olist_order_reviews)]
}

/** One transaction per table. Progress about every 50,000 rows and at the end. */
function insertAll(
  db: Database.Database,
  table: string,
  rows: Iterable<Row>,
  progress: (rows: number) => void,
): void {
  const columns = db.pragma(`table_info(${table})`) as unknown[]
  const insert = db.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`)
  let count = 0
  db.transaction(() => {
    for (const row of rows) {
      insert.run(row)
      if (++count % 50_000 === 0) progress(count)
    }
  })()
  progress(count)
}

/** The three faults fall on rows chosen by the seed; nothing else differs from the reference. */
function writeProduction(plan: Plan, source: string, file: string): void {
  const total = sum(expectedTables(plan, 'olist_dirty'))
  plan.report({ warehouse: 'olist_dirty', stage: 'copy', done: 0, total })
  copyFileSync(source, file, constants.COPYFILE_FICLONE)
  const db = openFast(file)
  try {
    plan.report({ warehouse: 'olist_dirty', stage: 'faults', done: total, total })
    const random = randomStream(plan.seed, 'faults')
    const { olist_customers, olist_order_items, olist_products } = plan.counts
    const faults = [
      ['DELETE FROM olist_customers WHERE rowid = ?', FAULTS.customersDeleted, olist_customers],
      [
        'UPDATE olist_order_items SET seller_id = substr(seller_id, 1, 31) WHERE rowid = ?',
        FAULTS.sellerIdsCut,
        olist_order_items,
      ],
      [
        'UPDATE olist_products SET product_category_name = NULL WHERE rowid = ?',
        FAULTS.categoriesBlanked,
        olist_products,
      ],
    ] as const
    db.transaction(() => {
      for (const [sql, count, of] of faults) {
        const change = db.prepare(sql)
        for (const row of sample(count, of, random)) change.run(row + 1)
      }
    })()
    db.pragma(`user_version = ${marker(plan, 'olist_dirty')}`)
  } finally {
    db.close()
  }
}

/** No journal and no sync: the file is private until it is published. */
function openFast(file: string): Database.Database {
  const db = new Database(file)
  db.pragma('journal_mode = OFF')
  db.pragma('synchronous = OFF')
  db.pragma('locking_mode = EXCLUSIVE')
  db.pragma('foreign_keys = OFF')
  db.pragma('cache_size = -65536')
  db.pragma('temp_store = MEMORY')
  return db
}

/** Partial files of processes that are gone. */
function removeLeftovers(dir: string): void {
  for (const name of readdirSync(dir)) {
    const pid = /^olist_(?:source|dirty)\.db\.partial-(\d+)(?:-journal)?$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dir, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function syncPath(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
