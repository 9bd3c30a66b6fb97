import { raw, type Sql, sql } from './sql.js'

/** Lets a cancelled or late statement end (see query/deadline.ts). */
export function alive(alias: string, everyRow: boolean): Sql {
  return everyRow ? sql`gp_alive()` : sql`(${raw(alias)}.vid & 127 <> 0 OR gp_alive())`
}
