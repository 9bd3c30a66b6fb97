import type { Operation, OperationKind, OperationOutcome, ServiceActivity } from '@groundplane/graph'
import { Counter, Gauge, type Registry } from 'prom-client'
import { RecordedCounter, type Tally } from './recorded-counter.js'
import { RecordedHistogram, type Recorder } from './recorded-histogram.js'

/**
 * Meters of what is done with graphs. Labels are graph ids, kinds and outcomes of operations,
 * and names of stored queries: as many as are served, whatever callers send.
 */
export interface GraphMetrics {
  /** What prom-client's own `observe` is given would never be shown: these are recorded through their recorders alone. */
  readonly operationSeconds: Pick<RecordedHistogram<'graph' | 'kind' | 'outcome'>, 'recorder'>
  readonly storedQuerySeconds: Pick<RecordedHistogram<'graph' | 'query' | 'outcome'>, 'recorder'>
  readonly rows: RecordedCounter<'graph' | 'kind'>
  readonly unfinished: Counter<'graph' | 'kind' | 'reason'>
  readonly slowQueries: Counter<'graph' | 'kind'>
  readonly readersBusy: Gauge<'graph'>
  readonly readsWaiting: Gauge<'graph'>
  readonly writesPending: Gauge<'graph'>
}

const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createGraphMetrics(registry: Registry): GraphMetrics {
  const registers = [registry]
  const gauge = (about: { readonly name: string; readonly help: string }) =>
    new Gauge({ ...about, labelNames: ['graph'], registers })
  return {
    operationSeconds: new RecordedHistogram({
      name: 'groundplane_graph_operation_seconds',
      help: 'Time of an operation on a graph, waiting included',
      labelNames: ['graph', 'kind', 'outcome'],
      buckets: BUCKETS,
      registers,
    }),
    storedQuerySeconds: new RecordedHistogram({
      name: 'groundplane_stored_query_seconds',
      help: 'The same of stored queries, by name',
      labelNames: ['graph', 'query', 'outcome'],
      buckets: BUCKETS,
      registers,
    }),
    rows: new RecordedCounter({
      name: 'groundplane_graph_rows_total',
      help: 'Rows returned by reads, lines exported, entities changed by writes',
      labelNames: ['graph', 'kind'],
      registers,
    }),
    unfinished: new Counter({
      name: 'groundplane_graph_unfinished_total',
      help: 'Operations that ended before they were done: deadline, cancelled, rejected',
      labelNames: ['graph', 'kind', 'reason'],
      registers,
    }),
    slowQueries: new Counter({
      name: 'groundplane_graph_slow_queries_total',
      help: 'Queries past the threshold of the slow-query log',
      labelNames: ['graph', 'kind'],
      registers,
    }),
    readersBusy: gauge({ name: 'groundplane_graph_readers_busy', help: 'Reader threads at work' }),
    readsWaiting: gauge({
      name: 'groundplane_graph_reads_waiting',
      help: 'Reads that wait for a reader thread',
    }),
    writesPending: gauge({
      name: 'groundplane_graph_writes_pending',
      help: 'Writes at work or waiting for their turn',
    }),
  }
}

const UNFINISHED: ReadonlySet<OperationOutcome> = new Set(['deadline', 'cancelled', 'rejected'])
const RETURNING: ReadonlySet<OperationKind> = new Set(['read', 'mutate', 'load', 'export'])

/** What is measured of the operations of one kind that end in one way. */
interface Meter {
  readonly seconds: Recorder
  readonly stored: Map<string, Recorder>
}

/** Measures the operations of one graph. */
export function operationMeter(metrics: GraphMetrics, graph: string): (operation: Operation) => void {
  // Looking the labels up anew costs more than the rest of an observation.
  const meters = new Map<OperationKind, Map<OperationOutcome, Meter>>()
  const rowsOf = new Map<OperationKind, Tally>()
  const meterOf = (kind: OperationKind, outcome: OperationOutcome): Meter => {
    const byOutcome = meters.get(kind) ?? new Map<OperationOutcome, Meter>()
    meters.set(kind, byOutcome)
    const known = byOutcome.get(outcome)
    if (known) return known
    const made = { seconds: metrics.operationSeconds.recorder(graph, kind, outcome), stored: new Map() }
    byOutcome.set(outcome, made)
    return made
  }
  return ({ kind, outcome, ms, rows, origin: { storedQuery } }) => {
    const { seconds, stored } = meterOf(kind, outcome)
    seconds.observe(ms / 1000)
    if (storedQuery !== undefined) {
      const meter =
        stored.get(storedQuery) ?? metrics.storedQuerySeconds.recorder(graph, storedQuery, outcome)
      stored.set(storedQuery, meter)
      meter.observe(ms / 1000)
    }
    if (rows > 0 && RETURNING.has(kind)) {
      const tally = rowsOf.get(kind) ?? metrics.rows.tally(graph, kind)
      rowsOf.set(kind, tally)
      tally.total += rows
    }
    if (UNFINISHED.has(outcome)) metrics.unfinished.inc({ graph, kind, reason: outcome })
  }
}

/** Sets the gauges to this moment; graphs that are served no longer leave them. */
export function measureActivity(
  metrics: GraphMetrics,
  graphs: Iterable<{ readonly id: string; readonly service: { readonly activity: ServiceActivity } }>,
): void {
  for (const gauge of [metrics.readersBusy, metrics.readsWaiting, metrics.writesPending]) gauge.reset()
  for (const { id, service } of graphs) {
    const { readersBusy, readsWaiting, writesPending } = service.activity
    metrics.readersBusy.set({ graph: id }, readersBusy)
    metrics.readsWaiting.set({ graph: id }, readsWaiting)
    metrics.writesPending.set({ graph: id }, writesPending)
  }
}
