/** Sources with what is done to each, and when. Pure. */
import type { Schedule, Source } from '@groundplane/client'

export interface Job {
  /** "Harvest", "Check olist". */
  label: string
  /** Undefined where it is done by hand. */
  schedule: Schedule | undefined
}

export interface SourceGroup {
  name: string
  /** Undefined for what is scheduled and belongs to no source. */
  source: Source | undefined
  jobs: Job[]
}

/** Every source in the order given, its harvest before its checks; then what else is scheduled. */
export function sourceGroups(sources: readonly Source[], schedules: readonly Schedule[]): SourceGroup[] {
  const left = new Map(schedules.map((one) => [one.schedule, one]))
  const take = (address: string | null): Schedule | undefined => {
    const found = address === null ? undefined : left.get(address)
    if (found) left.delete(found.schedule)
    return found
  }
  const groups: SourceGroup[] = sources.map((source) => ({
    name: source.source,
    source,
    jobs: [
      { label: 'Harvest', schedule: take(source.schedule) },
      ...source.assertions.map(({ set, schedule }) => ({ label: `Check ${set}`, schedule: take(schedule) })),
    ],
  }))
  for (const schedule of left.values()) {
    const [kind = '', ...name] = schedule.schedule.split('.')
    const label = kind.charAt(0).toUpperCase() + kind.slice(1)
    groups.push({ name: name.join('.') || schedule.schedule, source: undefined, jobs: [{ label, schedule }] })
  }
  return groups
}

/** How many schedules stand how, for the line above the table. */
export function tally(schedules: readonly Schedule[]): {
  running: number
  failed: number
  skipped: number
  /** The first due time of all, ISO 8601; null when none is to come. */
  next: string | null
} {
  const ended = (outcome: string) => schedules.filter(({ last }) => last?.outcome === outcome).length
  const next = schedules.flatMap(({ next }) => (next === null ? [] : [next])).sort()[0] ?? null
  return {
    running: schedules.filter(({ state }) => state === 'running').length,
    failed: ended('failed') + schedules.filter(({ state }) => state === 'unreadable').length,
    skipped: ended('skipped'),
    next,
  }
}
