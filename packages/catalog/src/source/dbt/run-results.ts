import type { Diagnostic } from '@groundplane/core'
import { Shape, ShapeError } from '../../ingest/shape.js'
import { timeIn } from '../json-file.js'
import { type Artefact, guardedIn } from './read-artefact.js'

/** How one node came off in one invocation of dbt. */
export interface NodeResult {
  readonly id: string
  /** `success | error | fail | warn | pass | skipped | …`, as dbt writes it. */
  readonly status: string
  /** Rows that a test found; null where nothing was counted. */
  readonly failures: number | null
  readonly message?: string
  /** Of its execution, in milliseconds since 1970; undefined when it was not executed. */
  readonly startedAt?: number
  readonly endedAt?: number
  readonly durationMs: number
}

/** One invocation of dbt: `dbt build`, `dbt test`. */
export interface Invocation {
  readonly id: string
  /** When its results were written, in milliseconds since 1970. */
  readonly at: number
  readonly results: readonly NodeResult[]
}

/** What has no shape is a diagnostic in `mistakes`, and left out; undefined when that is the frame. */
export function readRunResults(artefact: Artefact, mistakes: Diagnostic[]): Invocation | undefined {
  const frame = guardedIn(artefact, mistakes, 'metadata', () => {
    const metadata = new Shape(artefact.root.raw('metadata'), 'metadata')
    return { id: metadata.requiredString('invocation_id'), at: requiredTime(metadata, 'generated_at') }
  })
  const results = guardedIn(artefact, mistakes, 'results', () => {
    const list = artefact.root.raw('results')
    if (!Array.isArray(list)) throw new ShapeError('results must be a list')
    return list.flatMap((value: unknown, i) => {
      const path = `results[${i}]`
      return guardedIn(artefact, mistakes, path, () => resultOf(new Shape(value, path))) ?? []
    })
  })
  return frame && results && { ...frame, results }
}

function resultOf(result: Shape): NodeResult {
  const message = result.string('message')
  const executed = result.objects('timing').find((t) => t.string('name') === 'execute')
  const startedAt = executed && timeIn(executed, 'started_at')
  const endedAt = executed && timeIn(executed, 'completed_at')
  return {
    id: result.requiredString('unique_id'),
    status: result.requiredString('status'),
    failures: result.integer('failures') ?? null,
    ...(message !== undefined && { message }),
    ...(startedAt !== undefined && { startedAt }),
    ...(endedAt !== undefined && { endedAt }),
    durationMs: Math.round((result.number('execution_time') ?? 0) * 1000),
  }
}

function requiredTime(shape: Shape, name: string): number {
  const at = timeIn(shape, name)
  if (at === undefined) throw new ShapeError(`${shape.path}.${name} must be a time`)
  return at
}
