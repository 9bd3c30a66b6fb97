import { locateRoot } from '../locate-root.js'
import { ScheduleStore, type ScheduleStoreOptions } from './schedule-store.js'

/** The records of the schedules of a cluster, which is named as for `loadApplied`. */
export async function scheduleStore(dir: string, options: ScheduleStoreOptions): Promise<ScheduleStore> {
  const { root } = await locateRoot(dir)
  return new ScheduleStore(root.storage, options)
}
