import { ulidSource } from '@groundplane/core'
import type { StorageRoot } from '@groundplane/storage'
import type { RunDueOptions } from '../schedule/run-due.js'
import type { Schedule } from '../schedule/schedule.js'
import { recordKey, type ScheduleRecord } from '../schedule/schedule-record.js'
import { ScheduleStore } from '../schedule/schedule-store.js'

export const HOURLY: Schedule = {
  address: 'source.shop',
  graph: 'catalog',
  cron: '15 * * * *',
  timezone: 'UTC',
  job: { kind: 'harvest', source: 'shop' },
}

/** A clock that is set, in place of one that runs. */
export class SetClock {
  now: number
  constructor(text: string) {
    this.now = Date.parse(text)
  }
  set(text: string): void {
    this.now = Date.parse(text)
  }
  readonly clock = (): number => this.now
}

/** A store as the process with this identity has it; default: this one. */
export function storeOf(storage: StorageRoot, { clock }: SetClock, owner?: string): ScheduleStore {
  return new ScheduleStore(storage, {
    clock,
    ids: ulidSource(clock),
    actor: 'ada',
    ...(owner !== undefined && { owner }),
  })
}

export async function recordOf(
  storage: StorageRoot,
  address = HOURLY.address,
): Promise<ScheduleRecord | undefined> {
  const stored = await storage.get(recordKey(address))
  return stored ? JSON.parse(Buffer.from(stored.body).toString('utf8')) : undefined
}

/** Leases are renewed by hand. */
export const never: NonNullable<RunDueOptions['every']> = () => () => {}
