import { type Clock, isoTime } from '@groundplane/core'
import { ClusterError } from '../cluster-error.js'
import type { RunningRun, RunResult, ScheduleRecord } from './schedule-record.js'

/** How long a run of another machine counts as alive without being heard of. */
export const LEASE_MS = 120_000

/** What came of a run, as its record has it. */
export type Finished = Pick<RunResult, 'outcome' | 'commit' | 'code' | 'message' | 'remedy'>

/** The record of one schedule, as the holder of its run reads and replaces it. */
export interface RecordAccess {
  readonly address: string
  readonly clock: Clock
  read(): Promise<{ record: ScheduleRecord; etag: string } | null>
  /** The new tag; undefined when somebody else has written since. */
  replace(record: ScheduleRecord, etag: string | undefined): Promise<string | undefined>
}

/** One run, held by this process until it is finished, or until somebody took it for dead. One call at a time goes on. */
export class Claim {
  readonly #access: RecordAccess
  #record: ScheduleRecord & { readonly running: RunningRun }
  #etag: string
  #turn: Promise<unknown> = Promise.resolve()

  constructor(access: RecordAccess, record: ScheduleRecord & { readonly running: RunningRun }, etag: string) {
    this.#access = access
    this.#record = record
    this.#etag = etag
  }

  get run(): RunningRun {
    return this.#record.running
  }

  /** Says that the run is alive. Rejects with `schedule_run_taken_over` when it is not ours any more. */
  renew(): Promise<void> {
    return this.#inTurn(async () => {
      const lease_until = isoTime(this.#access.clock() + LEASE_MS)
      const next = { ...this.#record, running: { ...this.run, lease_until } }
      await this.#write(next)
      this.#record = next
    })
  }

  /** Records what came of it: from then on its due time is run for. Rejects like `renew`. */
  finish(finished: Finished): Promise<RunResult> {
    return this.#inTurn(async () => {
      const { lease_until: _, ...run } = this.run
      const at = isoTime(this.#access.clock())
      const last: RunResult = { ...run, finished: at, ...finished }
      const last_succeeded = finished.outcome === 'succeeded' ? at : this.#record.last_succeeded
      await this.#write({ ...this.#record, since: run.due, running: null, last, last_succeeded })
      return last
    })
  }

  /** A write that may have reached the root although it was not acknowledged is looked for. */
  async #write(next: ScheduleRecord): Promise<void> {
    for (;;) {
      const etag = await this.#access.replace(next, this.#etag)
      if (etag !== undefined) {
        this.#etag = etag
        return
      }
      const stored = await this.#access.read()
      if (next.running === null && stored?.record.last?.run === this.run.run) return
      if (!stored || stored.record.running?.run !== this.run.run || stored.etag === this.#etag)
        throw this.#lost()
      this.#etag = stored.etag
    }
  }

  #lost(): ClusterError {
    return new ClusterError(
      'conflict',
      'schedule_run_taken_over',
      `the run of ${this.#access.address} for ${this.run.due} was taken over by another runner`,
      { remedy: 'Nothing to do: the other runner finishes it.' },
    )
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work)
    this.#turn = mine
    return mine
  }
}
