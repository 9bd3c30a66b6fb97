import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  CatalogReads,
  DatasetAssertionsAnswer,
  DatasetAssertionsQuestion,
  EntitiesAnswer,
  HealthDiffAnswer,
  HealthDiffQuestion,
  IncidentsAnswer,
  IncidentsQuestion,
  LineageAnswer,
  LineageQuestion,
  SchemaFieldsAnswer,
  SchemaFieldsQuestion,
  SearchAnswer,
  SearchQuestion,
} from '@groundplane/catalog'
import { GroundplaneError } from '@groundplane/core'
import type { RoleName } from '@groundplane/protocol'
import { CrewError } from '../error.js'
import type { Emit } from '../incident-event.js'

/** How a catalog is read: `CatalogReads` bound to a principal or branch. */
export type BoundReads = Pick<
  CatalogReads,
  | 'search'
  | 'getEntities'
  | 'listSchemaFields'
  | 'getLineage'
  | 'getDatasetAssertions'
  | 'diffHealth'
  | 'listIncidents'
>

/**
 * The catalog's read tools, by the names agents know them, in the hands of one
 * role: each call is told as it begins and as it ends, and gives the event loop a
 * turn, so that roles interleave and listeners hear of it at once.
 */
export class CatalogTools {
  readonly #reads: BoundReads
  readonly #role: RoleName
  readonly #emit: Emit
  readonly #signal: AbortSignal | undefined
  #calls = 0

  constructor(reads: BoundReads, role: RoleName, emit: Emit, signal?: AbortSignal) {
    this.#reads = reads
    this.#role = role
    this.#emit = emit
    this.#signal = signal
  }

  search(question: SearchQuestion): Promise<SearchAnswer> {
    return this.call(
      'search',
      question,
      () => this.#reads.search(question),
      (a) => `${count(a.total, 'result')}${firstNames(a)}`,
    )
  }

  getEntities(urns: readonly string[]): Promise<EntitiesAnswer> {
    return this.call(
      'get_entities',
      { urns },
      () => this.#reads.getEntities(urns),
      (a) => count(a.entities.length, 'entity', 'entities'),
    )
  }

  listSchemaFields(question: SchemaFieldsQuestion): Promise<SchemaFieldsAnswer> {
    return this.call(
      'list_schema_fields',
      question,
      () => this.#reads.listSchemaFields(question),
      (a) => `${a.returned} of ${count(a.totalFields, 'column')}`,
    )
  }

  getLineage(question: LineageQuestion): Promise<LineageAnswer> {
    return this.call(
      'get_lineage',
      question,
      () => this.#reads.getLineage(question),
      (a) => count((a.upstreams ?? a.downstreams)?.total ?? 0, a.upstreams ? 'upstream' : 'downstream'),
    )
  }

  getDatasetAssertions(question: DatasetAssertionsQuestion): Promise<DatasetAssertionsAnswer> {
    return this.call(
      'get_dataset_assertions',
      question,
      () => this.#reads.getDatasetAssertions(question),
      (a) => {
        const failing = a.data.assertions.filter((x) => x.latestResultType === 'FAILURE').length
        return `${count(a.data.total, 'assertion')}${failing > 0 ? `, ${failing} failing` : ''}`
      },
    )
  }

  diffHealth(question: HealthDiffQuestion): Promise<HealthDiffAnswer> {
    return this.call(
      'diff_health',
      question,
      () => this.#reads.diffHealth(question),
      (a) =>
        `${count(a.checks.length, 'check')}: ${
          (['production-only', 'reference-only', 'both-fail', 'missing', 'both-pass'] as const)
            .filter((verdict) => a.counts[verdict] > 0)
            .map((verdict) => `${a.counts[verdict]} ${verdict}`)
            .join(', ') || 'nothing to compare'
        }`,
    )
  }

  listIncidents(question: IncidentsQuestion): Promise<IncidentsAnswer> {
    return this.call(
      'list_incidents',
      question,
      () => this.#reads.listIncidents(question),
      (a) => count(a.total, 'incident'),
    )
  }

  /** Any other effect told the same way. What `run` throws is told, then thrown. */
  async call<T>(tool: string, args: unknown, run: () => T, summarise: (answer: T) => string): Promise<T> {
    if (this.#signal?.aborted) throw cancelled()
    const callId = `${this.#role}-${++this.#calls}`
    this.#emit('tool.called', { callId, tool, arguments: args }, this.#role)
    await nextTurn()
    const started = performance.now()
    const tell = (ok: boolean, summary: string) =>
      this.#emit(
        'tool.result',
        { callId, tool, summary, ok, ms: Math.round((performance.now() - started) * 10) / 10 },
        this.#role,
      )
    try {
      const answer = run()
      tell(true, summarise(answer))
      return answer
    } catch (error) {
      tell(false, error instanceof GroundplaneError ? `${error.code}: ${error.message}` : String(error))
      throw error
    }
  }
}

export function cancelled(): CrewError {
  return new CrewError('unavailable', 'run_cancelled', 'the run was cancelled before it was done', {
    remedy: 'Start it again; what it had raised by then stands.',
  })
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

function firstNames(answer: SearchAnswer): string {
  const names = (answer.searchResults ?? [])
    .slice(0, 3)
    .map((hit) => hit.entity.properties?.name ?? hit.entity.urn)
  return names.length > 0 ? `, first ${names.join(', ')}` : ''
}
