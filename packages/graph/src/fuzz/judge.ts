import { checkQueries, checkSchema, DIAGNOSTIC_CODES, type SchemaModel } from '@groundplane/lang'
import Database from 'better-sqlite3'
import { GraphError } from '../error.js'
import { Graph } from '../graph.js'
import { SCHEMA } from './hostile-inputs.js'

/** No input of these sizes may keep anyone waiting longer. */
const MAX_MS = 1000

/** Throws when a text is judged by anything but known diagnostics at places inside it. */
export function judgeSchema(text: string): void {
  const { model, diagnostics } = checkSchema(text)
  judgeDiagnostics(text, diagnostics)
  if ((model === undefined) !== diagnostics.some((d) => d.severity === 'error')) {
    throw new Error('a model must be there exactly when there is no error')
  }
}

export function judgeQueries(text: string, schema: SchemaModel): void {
  judgeDiagnostics(text, checkQueries(text, schema).diagnostics)
}

function judgeDiagnostics(text: string, diagnostics: ReturnType<typeof checkSchema>['diagnostics']): void {
  for (const { code, message, remedy, range } of diagnostics) {
    if (!Object.hasOwn(DIAGNOSTIC_CODES, code)) throw new Error(`unknown code ${code}`)
    if (!message || !remedy) throw new Error(`${code} without words`)
    if (range && !(range.start.offset <= range.end.offset && range.end.offset <= text.length)) {
      throw new Error(`${code} lies outside the text`)
    }
  }
}

/** Runs `body`; one that took too long gets a second chance, as the machine may have been busy. */
export function inTime<T>(body: () => T): T {
  let startedAt = performance.now()
  const result = body()
  if (performance.now() - startedAt <= MAX_MS) return result
  startedAt = performance.now()
  const again = body()
  const ms = performance.now() - startedAt
  if (ms > MAX_MS) throw new Error(`took ${Math.round(ms)} ms`)
  return again
}

/** A graph under fire, and a second look at its file through a connection of its own. */
export class Target {
  readonly graph: Graph
  readonly #eye: Database.Database

  constructor(root: string) {
    this.graph = Graph.create(root, { schema: SCHEMA })
    this.graph.transact({}, (tx) => {
      for (const [i, name] of ['a', 'b', 'c', "'; DROP TABLE meta; --", '__proto__'].entries()) {
        tx.upsertNode('Person', { name, age: i, tags: ['x', name], big: '9223372036854775807', mood: 'good' })
      }
      tx.insertEdge('Knows', 'a', 'b', { weight: 1.5 })
      tx.insertEdge('Knows', 'b', 'c', {})
      tx.insertEdge('Knows', 'c', 'c', {})
    })
    this.#eye = new Database(`${root}/graph.db`, { readonly: true })
  }

  /** Changes with every write and every change of tables, by anyone but the eye. */
  fingerprint(): string {
    const one = (pragma: string) => this.#eye.pragma(pragma, { simple: true })
    return `${one('schema_version')}:${one('data_version')}:${this.graph.head().id}`
  }

  shape(): number {
    return this.#eye.pragma('schema_version', { simple: true }) as number
  }

  /** Rows there are, and rows that the commits say there should be. */
  rows(): { found: number; recorded: number } {
    const found = this.graph.snapshot().types.reduce((n, t) => n + t.rows, 0)
    const commits = this.graph.commits({ limit: 1_000_000 })
    return { found, recorded: commits.reduce((n, c) => n + c.changes.inserted - c.changes.deleted, 0) }
  }

  /** A write either lands as one commit whose counts are right, or is refused with a code and leaves no trace. */
  write(body: () => { commit: { id: string } | null }): 'landed' | 'nothing' | 'refused' {
    const [before, shape] = [this.fingerprint(), this.shape()]
    const outcome = refusedOr(body)
    if (this.shape() !== shape) throw new Error('the tables have changed')
    if (outcome !== null && outcome.commit !== null) {
      const { found, recorded } = this.rows()
      if (found !== recorded) throw new Error(`${found} rows, but the commits record ${recorded}`)
      return 'landed'
    }
    if (this.fingerprint() !== before) throw new Error('something was written')
    return outcome === null ? 'refused' : 'nothing'
  }

  /** A read answers or is refused with a code; it never writes. */
  read(body: () => unknown): 'answered' | 'refused' {
    const before = this.fingerprint()
    const answer = refusedOr(body)
    if (this.fingerprint() !== before) throw new Error('a read has written')
    return answer === null ? 'refused' : 'answered'
  }

  close(): void {
    this.#eye.close()
    this.graph.close()
  }
}

/** Null when refused as a caller's mistake; anything else that is thrown is a failure. */
function refusedOr<T>(body: () => T): T | null {
  try {
    return body()
  } catch (error) {
    judgeRefusal(error)
    return null
  }
}

export function judgeRefusal(error: unknown): void {
  if (!(error instanceof GraphError)) throw error
  if (['internal', 'unavailable'].includes(error.kind)) throw error
  if (!/^[a-z_]+$/.test(error.code) || !error.remedy)
    throw new Error(`no words for ${error.code}`, { cause: error })
}
