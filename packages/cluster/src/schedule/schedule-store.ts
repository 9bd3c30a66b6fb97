import { hostname } from 'node:os'
import { type Clock, GroundplaneError, isoTime, processIdentity, type UlidSource } from '@groundplane/core'
import { StorageError, type StorageRoot } from '@groundplane/storage'
import { SCHEDULE_PREFIX } from '../cluster-root.js'
import { Claim, LEASE_MS, type RecordAccess } from './claim.js'
import type { Schedule } from './schedule.js'
import {
  parseRecord,
  problemOf,
  type RunningRun,
  recordKey,
  type ScheduleRecord,
  type ScheduleView,
  type Standing,
  standingOf,
  viewOf,
} from './schedule-record.js'

export interface ScheduleStoreOptions {
  readonly clock: Clock
  readonly ids: UlidSource
  /** Recorded with the runs. */
  readonly actor?: string
  /** Default: this process. */
  readonly owner?: string
}

export interface ClaimOptions {
  /** Whatever the times say: it is run at this moment, unless somebody has it. */
  readonly now?: boolean
  /** Who wants it run now; recorded with the run. */
  readonly askedBy?: string
}

export type ClaimOutcome =
  | { readonly status: 'claimed'; readonly claim: Claim }
  /** Seen for the first time, or as it is declared now; it waits for its next due time. */
  | { readonly status: 'registered' }
  | { readonly status: 'waiting' }
  /** By somebody else, who was there before or was quicker now. */
  | { readonly status: 'running' }

/**
 * The records of the schedules of a cluster, in its storage root. Of several runners, also of several
 * machines, one at a time has the run of a schedule: it is claimed by conditional put. A runner
 * that dies leaves its claim; the next one that looks takes it over with whatever came due meanwhile.
 */
export class ScheduleStore {
  readonly #storage: StorageRoot
  readonly #options: ScheduleStoreOptions
  readonly #owner: string

  constructor(storage: StorageRoot, options: ScheduleStoreOptions) {
    this.#storage = storage
    this.#options = options
    this.#owner = options.owner ?? processIdentity()
  }

  /** How each stands now. A record that cannot be read is told of in its view, and the others go on. */
  views(schedules: readonly Schedule[]): Promise<ScheduleView[]> {
    return Promise.all(
      schedules.map(async (schedule) => {
        const view = (found: ScheduleRecord | null) => viewOf(schedule, found, this.#now(), this.#owner)
        try {
          return view((await this.#read(schedule.address))?.record ?? null)
        } catch (error) {
          if (!(error instanceof GroundplaneError)) throw error
          return { ...view(null), state: 'unreadable' as const, problem: problemOf(error) }
        }
      }),
    )
  }

  /**
   * Takes the run that is due, if one is and nobody has it; with `now` one that is due at this moment, whatever the
   * times say, in the name of who asked for it. Never waits.
   */
  async claim(
    schedule: Schedule,
    { now: atOnce = false, askedBy }: ClaimOptions = {},
  ): Promise<ClaimOutcome> {
    const { address, cron, timezone } = schedule
    const stored = await this.#read(address)
    const now = this.#now()
    const record = stored?.record ?? null
    const standing = standingOf({ cron, timezone }, record, now, this.#owner)
    if (standing.state === 'running' || (standing.state === 'waiting' && !atOnce))
      return { status: standing.state }
    const isNew = standing.state === 'new' || record === null
    const { last = null, last_succeeded = null } = record ?? {}
    const known: ScheduleRecord = isNew
      ? { version: 1, cron, timezone, since: isoTime(now), running: null, last, last_succeeded }
      : record
    if (isNew && !atOnce) {
      const put = await this.#replace(address, known, stored?.etag)
      return { status: put === undefined ? 'running' : 'registered' }
    }
    const due =
      standing.state === 'due' ? standing : ({ state: 'due', due: isoTime(now), missed: 0 } as const)
    const run = this.#begin(due, now, askedBy)
    const claimed = { ...known, running: run }
    const etag = await this.#replace(address, claimed, stored?.etag)
    if (etag === undefined) return { status: 'running' }
    return { status: 'claimed', claim: new Claim(this.#access(address), { ...claimed, running: run }, etag) }
  }

  #begin(
    { due, missed, abandoned }: Extract<Standing, { state: 'due' }>,
    nowMs: number,
    askedBy: string | undefined,
  ): RunningRun {
    const { ids, actor } = this.#options
    // Whoever takes a broken attempt over does what was asked for with it.
    const asked_by = askedBy ?? abandoned?.asked_by
    return {
      run: ids.next(),
      due,
      missed,
      interrupted: abandoned ? abandoned.interrupted + 1 : 0,
      started: isoTime(nowMs),
      owner: this.#owner,
      host: hostname(),
      pid: process.pid,
      ...(actor !== undefined && { actor }),
      ...(asked_by !== undefined && { asked_by }),
      lease_until: isoTime(nowMs + LEASE_MS),
    }
  }

  /** Forgets the schedules that are not declared any more, those apart that run. */
  async forgetOthers(declared: readonly Schedule[]): Promise<void> {
    const kept = new Set(declared.map(({ address }) => recordKey(address)))
    for (const key of await this.#storage.list(SCHEDULE_PREFIX)) {
      if (kept.has(key)) continue
      const address = key.slice(SCHEDULE_PREFIX.length, -'.json'.length)
      const stored = await this.#read(address).catch(() => null)
      if (!stored || standingOf(stored.record, stored.record, this.#now(), this.#owner).state === 'running')
        continue
      await this.#storage.delete(key, { ifMatch: stored.etag }).catch(ignoreLoss)
    }
  }

  #now(): number {
    return this.#options.clock()
  }

  #access(address: string): RecordAccess {
    return {
      address,
      clock: this.#options.clock,
      read: () => this.#read(address),
      replace: (record, etag) => this.#replace(address, record, etag),
    }
  }

  async #read(address: string): Promise<{ record: ScheduleRecord; etag: string } | null> {
    const key = recordKey(address)
    const stored = await this.#storage.get(key)
    if (!stored) return null
    return { record: parseRecord(stored.body, `${this.#storage.location}/${key}`), etag: stored.etag }
  }

  /** The new tag; undefined when somebody else has written since. */
  async #replace(
    address: string,
    record: ScheduleRecord,
    etag: string | undefined,
  ): Promise<string | undefined> {
    try {
      const condition = etag === undefined ? { ifNoneMatch: true as const } : { ifMatch: etag }
      const text = `${JSON.stringify(record, null, 2)}\n`
      return (await this.#storage.put(recordKey(address), text, condition)).etag
    } catch (error) {
      return ignoreLoss(error)
    }
  }
}

/** Undefined for a lost condition; anything else is thrown on. */
function ignoreLoss(error: unknown): undefined {
  if (error instanceof StorageError && error.code === 'precondition_failed') return undefined
  throw error
}
