import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { createGraphMetrics, type GraphMetrics } from '../observability/graph-metrics.js'
import { RecordedHistogram, type Recorder } from '../observability/recorded-histogram.js'

/** The meters of one server. Labels are routes and graph ids, never names a caller chooses. */
export interface Metrics {
  readonly registry: Registry
  /** What measures the requests of one route, in seconds by status; the same one every time. */
  requestMeter(method: string, route: string): RequestMeter
  readonly streams: Gauge
  readonly runs: Counter<'status'>
  readonly runsActive: Gauge
  readonly refusals: Counter<'reason'>
  readonly toolCalls: Counter<'tool' | 'ok'>
  readonly reloads: Counter<'outcome'>
  readonly graphs: GraphMetrics
}

export type RequestMeter = (status: number, seconds: number) => void

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'groundplane_' })
  const registers = [registry]
  const requestSeconds = new RecordedHistogram({
    name: 'groundplane_http_request_seconds',
    help: 'Time from the request line to the end of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const meters = new Map<string, Map<string, RequestMeter>>()
  return {
    registry,
    graphs: createGraphMetrics(registry),
    requestMeter(method, route) {
      const byMethod = meters.get(route) ?? new Map<string, RequestMeter>()
      meters.set(route, byMethod)
      const meter =
        byMethod.get(method) ?? meterByStatus((status) => requestSeconds.recorder(method, route, status))
      byMethod.set(method, meter)
      return meter
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

function meterByStatus(recorder: (status: string) => Recorder): RequestMeter {
  const byStatus = new Map<number, Recorder>()
  return (status, seconds) => {
    const known = byStatus.get(status) ?? recorder(String(status))
    byStatus.set(status, known)
    known.observe(seconds)
  }
}
