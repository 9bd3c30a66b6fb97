import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { createGraphMetrics, type GraphMetrics } from '../observability/graph-metrics.js'

/** The meters of one server. Labels are routes and graph ids, never names a caller chooses. */
export interface Metrics {
  readonly registry: Registry
  observeRequest(method: string, route: string, status: number, seconds: number): void
  readonly streams: Gauge
  readonly runs: Counter<'status'>
  readonly runsActive: Gauge
  readonly refusals: Counter<'reason'>
  readonly toolCalls: Counter<'tool' | 'ok'>
  readonly reloads: Counter<'outcome'>
  readonly graphs: GraphMetrics
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'groundplane_' })
  const registers = [registry]
  const requestSeconds = new Histogram({
    name: 'groundplane_http_request_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  // Looking the labels up anew costs more than the rest of an observation.
  const labelled = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>()
  return {
    registry,
    graphs: createGraphMetrics(registry),
    observeRequest(method, route, status, seconds) {
      const key = `${method} ${status} ${route}`
      const meter = labelled.get(key) ?? requestSeconds.labels(method, route, String(status))
      labelled.set(key, meter)
      meter.observe(seconds)
    },
    streams: new Gauge({ name: 'groundplane_event_streams', help: 'Open event streams', registers }),
    runs: new Counter({
      name: 'groundplane_incident_runs_total',
      help: 'Incident runs that ended',
      labelNames: ['status'],
      registers,
    }),
    runsActive: new Gauge({
      name: 'groundplane_incident_runs_active',
      help: 'Incident runs at work',
      registers,
    }),
    refusals: new Counter({
      name: 'groundplane_refusals_total',
      help: 'Requests refused before a handler ran',
      labelNames: ['reason'],
      registers,
    }),
    toolCalls: new Counter({
      name: 'groundplane_mcp_tool_calls_total',
      help: 'MCP tool calls',
      labelNames: ['tool', 'ok'],
      registers,
    }),
    reloads: new Counter({
      name: 'groundplane_reloads_total',
      help: 'Looks for a new revision by outcome: switched, unchanged, refused',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
