import type { CatalogApi, CrewRunRecord } from '@groundplane/catalog'
import type { Principal, Provenance } from '@groundplane/core'
import type { ReadContext } from '@groundplane/graph'
import type { IncidentEvent, IncidentReport, IncidentRun } from '@groundplane/protocol'
import { ServerError } from './server-error.js'

/** Works one incident; resolves when it has ended and is recorded. The first event carries the run's id. */
export type RunCrew = (input: {
  readonly sentence: string
  readonly principal: Principal | undefined
  readonly provenance: Provenance
  readonly onEvent: (event: IncidentEvent) => void
  readonly signal: AbortSignal
}) => Promise<IncidentReport>

export interface Subscriber {
  event(event: IncidentEvent): void
  end(): void
}

/** Where the events of one run come from: this process, another one, or the record. */
export interface EventSource {
  /** Everything after `after`, past and to come, then `end`. The answer stops it. */
  subscribe(after: number, subscriber: Subscriber): () => void
}

export interface IncidentRunsOptions {
  readonly catalog: () => CatalogApi
  readonly crew: RunCrew
  /** Runs at the same time. */
  readonly limit: number
  readonly onStart?: () => void
  readonly onEnd?: (status: 'finished' | 'failed') => void
}

/** Ended runs kept in memory for readers that are behind; older ones are read from the graph. */
const KEPT_RUNS = 32
/** How often the record of a run in another process is looked at. */
const POLL_MS = 1000

/**
 * The crew's runs as a server sees them. A run goes on when its readers leave. Events
 * of a run at work are here; once it has ended the catalog has them, so a reader can
 * come at any time, after a restart too, and sees the same sequence.
 */
export class IncidentRuns {
  readonly #options: IncidentRunsOptions
  /** Runs at work, those that have not begun yet included. */
  readonly #active = new Set<LiveRun>()
  /** Runs that have begun, by id, and the latest of those that ended. */
  readonly #live = new Map<string, LiveRun>()
  readonly #stop = new AbortController()

  constructor(options: IncidentRunsOptions) {
    this.#options = options
  }

  /** Resolves with the run's id once the run has begun; rejects when it could not begin. */
  async start(sentence: string, principal: Principal | undefined, provenance: Provenance): Promise<string> {
    if (this.#stop.signal.aborted) throw stopping()
    if (this.#active.size >= this.#options.limit) {
      throw new ServerError(
        'limited',
        'too_many_runs',
        `${this.#active.size} incidents are being worked on already.`,
        {
          remedy: 'Wait for one of them to end.',
          retry: { afterMs: 2000 },
        },
      )
    }
    const run = new LiveRun()
    this.#active.add(run)
    return new Promise<string>((resolve, reject) => {
      const onEvent = (event: IncidentEvent) => {
        if (run.runId === undefined) {
          run.runId = event.runId
          this.#keep(event.runId, run)
          this.#options.onStart?.()
          resolve(event.runId)
        }
        run.push(event)
      }
      run.settled = this.#options
        .crew({ sentence, principal, provenance, onEvent, signal: this.#stop.signal })
        .then(
          () => this.#ended(run, 'finished'),
          (error: unknown) => {
            this.#ended(run, 'failed')
            reject(error)
          },
        )
    })
  }

  list(limit: number, at: ReadContext): IncidentRun[] {
    return this.#options
      .catalog()
      .listRuns({ limit }, at)
      .map((run) => ({ ...run }))
  }

  get(runId: string, at: ReadContext): IncidentRun {
    const { events: _, receipt: __, report, error, ...summary } = this.#options.catalog().getRun(runId, at)
    // The record keeps both as JSON, as the crew wrote them.
    return { ...summary, report: report as IncidentReport | null, error: error as IncidentRun['error'] }
  }

  /** The report of a run that has finished; `run_not_finished` otherwise. */
  report(runId: string, at: ReadContext): IncidentReport {
    const { report, status } = this.get(runId, at)
    if (report) return report
    throw new ServerError(
      'conflict',
      'run_not_finished',
      `The run ${runId} has no report: it is ${status}.`,
      {
        remedy:
          status === 'running' ? 'Ask again after its run.finished event.' : 'Start the incident again.',
      },
    )
  }

  follow(runId: string, at: ReadContext): EventSource {
    return this.#live.get(runId) ?? recordedSource(() => this.#options.catalog().getRun(runId, at))
  }

  /** Ends the runs at work and waits for them, so that their end is recorded. */
  async close(): Promise<void> {
    this.#stop.abort(stopping())
    await Promise.all([...this.#active].map((run) => run.settled))
  }

  #keep(runId: string, run: LiveRun): void {
    this.#live.set(runId, run)
    for (const [id, old] of this.#live) {
      if (this.#live.size <= KEPT_RUNS) break
      if (old.ended) this.#live.delete(id)
    }
  }

  #ended(run: LiveRun, status: 'finished' | 'failed'): void {
    this.#active.delete(run)
    if (run.runId !== undefined) this.#options.onEnd?.(status)
    run.end()
  }
}

function stopping(): ServerError {
  return new ServerError('unavailable', 'server_stopping', 'The server is shutting down.', {
    remedy: 'Try again in a moment.',
    retry: { afterMs: 2000 },
  })
}

/** A run at work in this process, or one that ended a short while ago. */
class LiveRun implements EventSource {
  runId: string | undefined
  settled: Promise<void> | undefined
  readonly #events: IncidentEvent[] = []
  readonly #subscribers = new Set<Subscriber>()
  #ended = false

  get ended(): boolean {
    return this.#ended
  }

  push(event: IncidentEvent): void {
    this.#events.push(event)
    for (const subscriber of this.#subscribers) subscriber.event(event)
  }

  end(): void {
    this.#ended = true
    for (const subscriber of this.#subscribers) subscriber.end()
    this.#subscribers.clear()
  }

  subscribe(after: number, subscriber: Subscriber): () => void {
    for (const event of this.#events) if (event.id > after) subscriber.event(event)
    if (this.#ended) subscriber.end()
    else this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }
}

/** A run read from the catalog. One still at work in another process is looked at until it has ended. */
function recordedSource(read: () => CrewRunRecord): EventSource {
  const first = read() // an unknown run is refused before a stream is opened
  return {
    subscribe(after, subscriber) {
      let timer: NodeJS.Timeout | undefined
      const step = (record: CrewRunRecord) => {
        if (record.status === 'running') {
          timer = setTimeout(look, POLL_MS)
          timer.unref()
          return
        }
        for (const event of recordedEvents(record)) if (event.id > after) subscriber.event(event)
        subscriber.end()
      }
      const look = () => {
        try {
          step(read())
        } catch {
          subscriber.end() // the reader comes back, and is then told why
        }
      }
      step(first)
      return () => clearTimeout(timer)
    },
  }
}

/**
 * A run whose process died has no last event. Readers wait for one, so it is derived
 * from the record.
 */
function recordedEvents(record: CrewRunRecord): readonly IncidentEvent[] {
  const events = record.events as readonly IncidentEvent[]
  const last = events.at(-1)
  if (last?.type === 'run.finished' || last?.type === 'run.failed') return events
  const error = {
    code: 'run_interrupted',
    message: 'The process that worked on this incident ended before the run did.',
    remedy: 'Start the incident again.',
  }
  const at = record.endedAt ?? record.startedAt
  return [
    ...events,
    { id: (last?.id ?? 0) + 1, runId: record.runId, at, type: 'run.failed', data: { error } },
  ]
}
