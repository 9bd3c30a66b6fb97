import type { Sql } from '../compile/sql.js'
import { GraphError } from '../error.js'
import type { Lifeline } from '../query/deadline.js'
import type { Db } from '../storage/database.js'

/** Rows taken up so far, by the number in their table's alias; one array per connection. */
const counters = new WeakMap<Db, Map<number, number>>()

function counterOf(db: Db, lifeline: Lifeline): Map<number, number> {
  let counter = counters.get(db)
  if (!counter) {
    const counts = new Map<number, number>()
    db.function('gp_visit', { directOnly: true }, (alias: number, _vid: number) => {
      counts.set(alias, (counts.get(alias) ?? 0) + 1)
      return lifeline.check()
    })
    counters.set(db, counts)
    counter = counts
  }
  return counter
}

/** How the compiler writes the liveness check of a table (see compile/alive.ts). */
const LIVENESS = /\(([a-z](\d+))\.vid & 127 <> 0 OR gp_alive\(\)\)/g

/** The statement with each liveness check replaced by one that counts; null when it has none. */
export function countingSql(named: Sql): string | null {
  const text = named.text.replace(LIVENESS, (_, alias: string, n: string) => `gp_visit(${n}, ${alias}.vid)`)
  return text === named.text ? null : text
}

/**
 * Runs a counting statement to its end and tells how many rows each table alias took up. SQLite
 * could say itself, but the driver does not pass it on. Null when the time is up before.
 */
export function countVisits(
  db: Db,
  lifeline: Lifeline,
  sql: string,
  values: readonly unknown[],
  leftMs: number | undefined,
): Map<string, number> | null {
  const counts = counterOf(db, lifeline)
  counts.clear()
  const statement = db.prepare(sql).raw(true)
  try {
    lifeline.guard(leftMs, () => {
      for (const _ of statement.iterate(...values));
    })
  } catch (error) {
    if (error instanceof GraphError && error.code === 'query_deadline_exceeded') return null
    throw error
  }
  const aliases = [...sql.matchAll(/gp_visit\((\d+), ([a-z]\d+)\.vid\)/g)]
  return new Map(aliases.map(([, n, alias]) => [alias as string, counts.get(Number(n)) ?? 0]))
}

/** The function must be there before a statement that calls it is prepared, its plan included. */
export function registerCounting(db: Db, lifeline: Lifeline): void {
  counterOf(db, lifeline)
}
