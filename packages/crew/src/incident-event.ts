import { type Clock, isoTime } from '@groundplane/core'
import type { IncidentEvent, IncidentEventType, RoleName } from '@groundplane/protocol'

type EventOf<Type extends IncidentEventType> = Extract<IncidentEvent, { type: Type }>
/** What a role says is said with its name. */
type Speaker<Type extends IncidentEventType> = undefined extends EventOf<Type>['role']
  ? [role?: RoleName]
  : [role: RoleName]

export type Emit = <Type extends IncidentEventType>(
  type: Type,
  data: EventOf<Type>['data'],
  ...role: Speaker<Type>
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

  readonly emit: Emit = (type, data, ...role) => {
    this.publish(this.record(type, data, ...role))
  }

  /** Adds without telling anyone: for the last event, which is told when the run is on record. */
  record<Type extends IncidentEventType>(
    type: Type,
    data: EventOf<Type>['data'],
    ...[role]: Speaker<Type>
  ): IncidentEvent {
    // The parameters are those of one event; that its members are, too, is more than the compiler can follow.
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
