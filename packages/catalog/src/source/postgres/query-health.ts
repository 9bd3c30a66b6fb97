import { type Judgement, unjudged } from '../assertion/judgement.js'
import { HEALTH_ROWS, judgeHealth } from '../health.js'
import { SourceError } from '../source-error.js'
import { refusalOf, sqlStateOf } from './postgres-error.js'
import { OWN_STATEMENT, PostgresSession } from './postgres-session.js'
import { type PostgresSource, resolveAddress } from './postgres-source.js'

const BOOLEAN = 16
/** int8, int2, int4, oid, float4, float8, numeric */
const NUMBERS = new Set([20, 21, 23, 26, 700, 701, 1700])

/** Asks a database whether it may be read, in a read-only transaction of its own. Throws `SourceError` when it cannot be reached. */
export async function queryPostgresHealth(
  source: PostgresSource,
  health: string,
  queryMs: number,
): Promise<Judgement> {
  const address = resolveAddress(source, process.env)
  const session = await PostgresSession.open(address, { statementMs: queryMs })
  // A cursor takes nothing but a single query.
  const text = health.trim().replace(/(?:;\s*)+$/, '')
  try {
    const { rows, fields } = await session.attempts(queryMs, async (send) => {
      await send(`DECLARE gp_asked NO SCROLL CURSOR FOR ${text}\n${OWN_STATEMENT}`)
      return send(`FETCH FORWARD ${HEALTH_ROWS} FROM gp_asked`)
    })
    return judgeHealth(rows.map((row) => row.map((value, i) => readValue(value, fields[i]?.dataTypeID))))
  } catch (error) {
    if (error instanceof SourceError) throw error
    if (sqlStateOf(error) === '57014') return unjudged(`it did not finish within ${queryMs} ms`)
    return unjudged(refusalOf(error))
  } finally {
    await session.close()
  }
}

/** Values come as the server prints them. */
function readValue(text: string | null, type: number | undefined): unknown {
  if (text === null || type === undefined) return text
  if (type === BOOLEAN) return text === 't'
  return NUMBERS.has(type) ? Number(text) : text
}
