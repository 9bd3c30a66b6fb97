import Database from 'better-sqlite3'
import { Graph } from '../graph.js'
import { CRASH_STEPS } from './crash-steps.js'

/**
 * Does the crash steps, each acknowledged on stdout when it has returned, and
 * kills itself before the SQL statement whose number is given (0: never).
 * Statements that may write are counted over all connections of the process:
 * each boundary between two of them is a moment a crash can hit.
 */
const [root, killAt] = process.argv.slice(2) as [string, string]
let statements = 0
function step(): void {
  if (++statements === Number(killAt)) process.kill(process.pid, 'SIGKILL')
}

type Method = (this: unknown, ...args: unknown[]) => unknown
function before(
  prototype: Record<string, Method>,
  name: string,
  counts: (of: unknown) => boolean = () => true,
): void {
  const original = prototype[name] as Method
  prototype[name] = function (...args) {
    if (counts(this)) step()
    return original.apply(this, args)
  }
}
const probe = new Database(':memory:')
const database = Database.prototype as unknown as Record<string, Method>
const statement = Object.getPrototypeOf(probe.prepare('SELECT 1')) as Record<string, Method>
before(database, 'exec')
// A checkpoint writes into the file.
before(database, 'pragma')
before(statement, 'run')
// INSERT … RETURNING.
for (const name of ['get', 'all']) before(statement, name, (of) => !(of as { readonly: boolean }).readonly)
probe.close()

const graph = Graph.open(root)
for (const [i, work] of CRASH_STEPS.entries()) {
  await work(graph)
  process.stdout.write(`acknowledged ${i + 1}\n`)
}
process.stdout.write(`statements ${statements}\n`)
