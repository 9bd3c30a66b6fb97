import type Database from 'better-sqlite3'
import { GraphError } from '../error.js'

/**
 * Lets a running statement be stopped: generated SQL calls `gp_alive()` every
 * so many rows, which throws once the flag is raised or the deadline has passed.
 * The flag lives in shared memory, so another thread can raise it.
 *
 * Layout: Int32 0 = cancelled (1) or not (0).
 */
export class Lifeline {
  readonly flag: Int32Array<SharedArrayBuffer>
  #deadlineAt = Number.POSITIVE_INFINITY
  #calls = 0
  #reason: 'deadline' | 'cancelled' | null = null

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.flag = new Int32Array(shared)
  }

  /** Runs `body` with a deadline; a statement it stops fails as a `GraphError`. */
  guard<T>(deadlineMs: number | undefined, body: () => T): T {
    this.#deadlineAt = deadlineMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + deadlineMs
    this.#reason = null
    try {
      return body()
    } catch (error) {
      if (this.#reason) throw stopped(this.#reason, deadlineMs)
      throw error
    } finally {
      this.#deadlineAt = Number.POSITIVE_INFINITY
    }
  }

  /** 1, or throws. Reading the clock costs more than the rest, so it is read at every eighth call. */
  check(): number {
    if (Atomics.load(this.flag, 0) !== 0) {
      this.#reason = 'cancelled'
      throw new Error('statement cancelled')
    }
    if ((++this.#calls & 7) === 0 && performance.now() > this.#deadlineAt) {
      this.#reason = 'deadline'
      throw new Error('statement deadline exceeded')
    }
    return 1
  }

  /** Before work on a text: one of a megabyte takes as long as many rows. */
  checkFor(text: string): void {
    if (text.length > LONG_TEXT) this.#calls |= 7 // The next check reads the clock.
    this.check()
  }
}

const LONG_TEXT = 10_000

export function stopped(reason: 'deadline' | 'cancelled', deadlineMs?: number): GraphError {
  if (reason === 'cancelled') {
    return new GraphError('deadline', 'query_cancelled', 'The query was cancelled by its caller.', {
      remedy: 'Run it again if the answer is still wanted.',
    })
  }
  const within = deadlineMs === undefined ? '' : ` within ${deadlineMs} ms`
  return new GraphError('deadline', 'query_deadline_exceeded', `The query did not finish${within}.`, {
    remedy:
      'Narrow the pattern (bind a key, add a filter or smaller hop bounds), or allow a longer deadline.',
    details: { deadlineMs },
  })
}

/** SQL functions that generated statements use. Registered on every connection. */
export function registerFunctions(db: Database.Database, lifeline: Lifeline): void {
  const pure = { deterministic: true, directOnly: true } as const
  const text = (f: (s: string) => string | number) => (s: unknown) => {
    if (typeof s !== 'string') return null
    lifeline.checkFor(s)
    return f(s)
  }
  db.function('gp_alive', { directOnly: true }, () => lifeline.check())
  db.function(
    'gp_lower',
    pure,
    text((s) => s.toLowerCase()),
  )
  db.function(
    'gp_upper',
    pure,
    text((s) => s.toUpperCase()),
  )
  db.function(
    'gp_trim',
    pure,
    text((s) => s.trim()),
  )
  db.function('gp_length', pure, text(countCharacters))
  db.function('gp_substring', pure, (s: unknown, start: unknown, length: unknown) => {
    if (typeof s !== 'string' || start === null) return null
    lifeline.checkFor(s)
    const from = afterCharacters(s, 0, Math.max(0, Number(start)))
    return length === null
      ? s.slice(from)
      : s.slice(from, afterCharacters(s, from, Math.max(0, Number(length))))
  })
}

/** Lengths and positions count characters (code points), as the languages say. */
function countCharacters(s: string): number {
  let count = s.length
  for (let i = 0; i < s.length - 1; i++) if (isPair(s, i)) count--
  return count
}

/** The index so many characters after another. */
function afterCharacters(s: string, from: number, characters: number): number {
  let at = from
  for (let left = characters; left > 0 && at < s.length; left--) at += isPair(s, at) ? 2 : 1
  return at
}

function isPair(s: string, at: number): boolean {
  return (s.codePointAt(at) as number) > 0xffff
}
