import type { AppliedRevision } from '../applied/applied-revision.js'
import type { CronTimes } from './cron.js'

/** Something that the applied revision wants done at certain times. */
export interface Schedule extends CronTimes {
  /** `source.<name>`, `assertion.<set>.<source>` or `publish.<target>`. */
  readonly address: string
  /** The catalog it writes to, or publishes. */
  readonly graph: string
  readonly job: ScheduledJob
}

export type ScheduledJob =
  | { readonly kind: 'harvest'; readonly source: string }
  | { readonly kind: 'check'; readonly set: string; readonly source: string }
  | { readonly kind: 'publish'; readonly target: string }

/** Address of the harvests of a source. */
export function harvestAddress(source: string): string {
  return `source.${source}`
}

/** Address of the checks of a set of assertions on one source. */
export function checkAddress(set: string, source: string): string {
  return `assertion.${set}.${source}`
}

/** What a revision wants done: what is due together is harvested, then checked, then published. */
export function schedulesOf({ sources, assertionSets, publishTargets }: AppliedRevision): Schedule[] {
  const harvests = sources.flatMap(({ name, graph, schedule }) =>
    schedule
      ? [
          {
            ...schedule,
            address: harvestAddress(name),
            graph,
            job: { kind: 'harvest' as const, source: name },
          },
        ]
      : [],
  )
  const checks = assertionSets.flatMap(({ name, graph, schedule, sources: on }) =>
    on.flatMap((source) =>
      schedule
        ? [
            {
              ...schedule,
              address: checkAddress(name, source),
              graph,
              job: { kind: 'check' as const, set: name, source },
            },
          ]
        : [],
    ),
  )
  const publications = publishTargets.flatMap(({ name, graph, schedule }) =>
    schedule
      ? [{ ...schedule, address: `publish.${name}`, graph, job: { kind: 'publish' as const, target: name } }]
      : [],
  )
  return [...harvests, ...checks, ...publications]
}
