/**
 * The process of `QueryProcess`: takes questions about the SQLite file named by its first argument and
 * answers each with a judgement. Its second argument is the id of the process it works for. It ends when whoever started it lets go of it, and, by its watch, when
 * that process is gone while a query computes.
 */
import { Worker } from 'node:worker_threads'
import { type Judgement, unjudged } from '../assertion/judgement.js'
import { evaluateHealth, evaluateQuery, type HealthQuestion, type QueryQuestion } from './evaluate-query.js'
import { openSqliteSource, type SqliteDatabase } from './open-source.js'

const path = process.argv[2] as string
let db: SqliteDatabase | undefined

function answer(question: QueryQuestion | HealthQuestion): Judgement {
  try {
    db ??= openSqliteSource(path)
    return 'health' in question ? evaluateHealth(db, question) : evaluateQuery(db, question)
  } catch (error) {
    return unjudged(error instanceof Error ? error.message : String(error))
  }
}

const watch = new Worker(new URL('./query-process-watch.js', import.meta.url), {
  workerData: Number(process.argv[3]),
})
watch.unref()
process.on('message', (question: QueryQuestion | HealthQuestion) => process.send?.(answer(question)))
process.on('disconnect', () => {
  db?.close()
  process.exit()
})
// Not before: from the first question on, nothing but the watch may be able to end this process.
watch.once('message', () => process.send?.('ready'))
