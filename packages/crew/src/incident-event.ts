import { type Clock, type ErrorBody, isoTime } from '@groundplane/core'
import type { IncidentReport, RoleMode, RoleName } from './incident-report.js'

interface EventData {
  'run.started': { readonly sentence: string }
  'role.started': { readonly mode: RoleMode; readonly goal: string }
  /** `reasoning` is a model thinking; `note` is a conclusion, by code or model. */
  'role.thinking': { readonly text: string; readonly kind: 'reasoning' | 'note' }
  'tool.called': { readonly callId: string; readonly tool: string; readonly arguments: unknown }
  'tool.result': {
    readonly callId: string
    readonly tool: string
    readonly summary: string
    readonly ok: boolean
    readonly ms: number
  }
  'role.finished': {
    readonly summary: string
    readonly tokens: number
    readonly costUsd: number
    readonly mode: RoleMode
  }
  'incident.raised': { readonly incident: string; readonly dataset: string; readonly title: string }
  'run.finished': { readonly report: IncidentReport }
  'run.failed': { readonly error: ErrorBody }
}

export type IncidentEventType = keyof EventData

/** One thing that happened in a run. `id` counts from 1 without gaps; the last type is `run.finished` or `run.failed`. */
export type IncidentEvent = {
  [Type in IncidentEventType]: {
    readonly id: number
    readonly runId: string
    readonly at: string
    readonly type: Type
    readonly role?: RoleName
    readonly data: EventData[Type]
  }
}[IncidentEventType]

export type Emit = <Type extends IncidentEventType>(
  type: Type,
  data: EventData[Type],
  role?: RoleName,
) => void

/** Numbers events, keeps them for the record of the run, and hands each on at once. */
export class EventLog {
  readonly events: IncidentEvent[] = []
  readonly #runId: string
  readonly #clock: Clock
  #listener: ((event: IncidentEvent) => void) | undefined

  constructor(runId: string, clock: Clock, listener?: (event: IncidentEvent) => void) {
    this.#runId = runId
    this.#clock = clock
    this.#listener = listener
  }

  readonly emit: Emit = (type, data, role) => {
    this.publish(this.record(type, data, role))
  }

  /** Adds without telling anyone: for the last event, which is told when the run is on record. */
  record<Type extends IncidentEventType>(type: Type, data: EventData[Type], role?: RoleName): IncidentEvent {
    const event = {
      id: this.events.length + 1,
      runId: this.#runId,
      at: isoTime(this.#clock()),
      type,
      ...(role !== undefined && { role }),
      data,
    } as IncidentEvent
    this.events.push(event)
    return event
  }

  /** A listener that throws is not called again: who watches a run cannot break it. */
  publish(event: IncidentEvent): void {
    try {
      this.#listener?.(event)
    } catch {
      this.#listener = undefined
    }
  }

  /** Takes the last event back: it did not come true. */
  retract(event: IncidentEvent): void {
    if (this.events.at(-1) === event) this.events.pop()
  }
}
