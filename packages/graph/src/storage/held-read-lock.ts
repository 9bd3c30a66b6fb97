import Database from 'better-sqlite3'
import type { Db } from './database.js'
import { prepared } from './statements.js'

/** Milliseconds: a lock is held so long at most, and taken when nobody has written for so long. */
const HELD_MS = 25
/** Reads within `HELD_MS` that make it worth while; between two looks at the clock. */
const QUICK_READS = 32
const READS_WHILE_HELD = 256
/** Milliseconds until it is tried again after the store refused it. */
const RETRY_MS = 1000

/**
 * Each read of SQLite takes a shared lock on a place in the log and gives it back:
 * two calls of the system, a fifth of the time of a point read. Within a process SQLite
 * counts these locks and asks the system for the first and the last only. So while
 * reads come in quick succession, a connection of its own holds one. Every read
 * still looks for the newest commit; it only costs less.
 *
 * A lock that is held keeps the log from being folded back. So it is held only
 * while nobody writes, and given back after `HELD_MS` (or, when reads leave the event loop no
 * turn, at the look at the clock after that), and before this process writes. A process that
 * dies holds none. When none can be had, reads go on as they would without.
 */
export class HeldReadLock {
  readonly #reader: Db
  readonly #now: () => number
  /** The connection that holds it. */
  #holder: Db | undefined
  #barred = false
  /** Reads until the next look at the clock, and when the last one was. */
  #left = QUICK_READS
  #lookedAt = Number.NEGATIVE_INFINITY
  #heldSince: number | null = null
  /** `PRAGMA data_version`, which moves with every commit, and when it was asked for. */
  #version: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  /** `reader`: whose reads are to cost less. `now`: milliseconds of a clock that only goes forward. */
  constructor(reader: Db, now: () => number = () => performance.now()) {
    this.#reader = reader
    this.#now = now
  }

  get held(): boolean {
    return this.#heldSince !== null
  }

  /** To be called before each read. Never throws. */
  beforeRead(): void {
    if (--this.#left <= 0) this.#look()
  }

  /** To be called before each write of this process. */
  release(): void {
    if (this.#heldSince === null) return
    this.#heldSince = null
    this.#left = QUICK_READS
    clearTimeout(this.#timer)
    try {
      prepared(this.#holder as Db, 'COMMIT').run()
    } catch {
      this.#disconnect()
    }
  }

  /** Releases it; none is taken until `allow`. */
  bar(): void {
    this.release()
    this.#barred = true
  }

  allow(): void {
    this.#barred = false
  }

  /** For good. */
  close(): void {
    this.bar()
    this.#disconnect()
  }

  #look(): void {
    const now = this.#now()
    this.#left = this.held ? READS_WHILE_HELD : QUICK_READS
    const quick = now - this.#lookedAt < HELD_MS
    this.#lookedAt = now
    if (this.#heldSince === null ? quick : now - this.#heldSince >= HELD_MS) this.#take(now)
  }

  /** Anew, when it is held. */
  #take(now: number): void {
    this.release()
    if (this.#barred || this.#reader.inTransaction || now - this.#askedAt < HELD_MS) return
    this.#askedAt = now
    try {
      this.#holder ??= new Database(this.#reader.name, { readonly: true, fileMustExist: true, timeout: 0 })
      prepared(this.#holder, 'BEGIN').run()
      const version = prepared(this.#holder, 'PRAGMA data_version', 'pluck').get() as number
      this.#heldSince = now
      if (version === this.#version) this.#keep()
      else this.release()
      this.#version = version
    } catch {
      this.#disconnect()
      this.#askedAt = now + RETRY_MS
    }
  }

  #keep(): void {
    this.#left = READS_WHILE_HELD
    this.#timer = setTimeout(() => this.#renew(), HELD_MS + 1)
    this.#timer.unref()
  }

  #renew(): void {
    const read = this.#lookedAt > (this.#heldSince as number) || READS_WHILE_HELD - this.#left >= QUICK_READS
    if (read) this.#take(this.#now())
    else this.release()
  }

  #disconnect(): void {
    this.#heldSince = null
    this.#holder?.close()
    this.#holder = undefined
    this.#version = undefined
  }
}
