import type { Clock } from '@groundplane/core'
import type { Decided } from './decision-memo.js'

/** One line about a decision, or about how often it was made again. Holds names only: no token, no parameter, no row. */
export interface DecisionEntry {
  readonly allowed: boolean
  readonly actor: string | undefined
  readonly action: string
  readonly graph: string
  readonly branch?: string
  /** `<bundle>/<rule id>`; absent when no rule spoke. */
  readonly rule?: string
  readonly reason: string
  /** How often the same decision was made since the line before it, which are not told one by one. */
  readonly repeated?: number
}

export interface DecisionLogOptions {
  readonly clock: Clock
  readonly write: (entry: DecisionEntry) => void
  /** Told once a window when decisions were left out: how many. */
  readonly onDropped: (count: number) => void
  /** The same decision is told once in this time, then with how often it was repeated. Default one minute. */
  readonly windowMs?: number
  /** Lines in a window. Past this many, decisions are counted and not told. Default 600. */
  readonly maxLines?: number
}

interface Known {
  readonly entry: DecisionEntry
  readonly sinceMs: number
  repeated: number
  /** False once it has been told and forgotten: what is decided then is a line of its own. */
  counting: boolean
}

/** Names come from callers; a long one must not make a long line. */
const MAX_NAME = 200

/** Different decisions remembered at a time. */
const MAX_KNOWN = 2000

/**
 * The log of what the policy decided and by which rule. A point read makes a decision
 * too, so the same decision is told once a window and then counted, and there is a
 * ceiling on lines: neither traffic nor a caller who makes up branch names can fill a disk.
 * A line is written in the call that makes the decision, so a process that is killed loses only
 * counts of repetitions. Holds no timer; counts are told with the next decision after the window, or by `flush`.
 */
export class DecisionLog {
  readonly #options: Required<DecisionLogOptions>
  readonly #known = new Map<string, Known>()
  /** The way of nearly every request: no names are cut, no key is put together. */
  readonly #recent = new WeakMap<Decided, Known>()
  #windowSinceMs = 0
  #lines = 0
  #dropped = 0

  constructor(options: DecisionLogOptions) {
    this.#options = { windowMs: 60_000, maxLines: 600, ...options }
  }

  record(decided: Decided): void {
    const nowMs = this.#options.clock()
    this.#turnWindow(nowMs)
    const recent = this.#recent.get(decided)
    if (recent && this.#counts(recent, nowMs)) return
    const entry = entryOf(decided)
    const { actor, action, graph, branch, allowed, rule } = entry
    const key = JSON.stringify([actor, action, graph, branch, allowed, rule])
    const before = this.#known.get(key)
    const known = before && this.#counts(before, nowMs) ? before : this.#tell(key, entry, nowMs)
    this.#recent.set(decided, known)
  }

  /** Whether this one is only counted: it has been told in this window. */
  #counts(known: Known, nowMs: number): boolean {
    if (!known.counting || nowMs - known.sinceMs >= this.#options.windowMs) return false
    known.repeated++
    return true
  }

  #tell(key: string, entry: DecisionEntry, nowMs: number): Known {
    const { repeated = 0 } = this.#forget(key) ?? {}
    this.#write(repeated > 0 ? { ...entry, repeated } : entry)
    const known = { entry, sinceMs: nowMs, repeated: 0, counting: true }
    this.#known.set(key, known)
    if (this.#known.size > MAX_KNOWN) {
      const oldest = this.#forget(this.#known.keys().next().value as string) as Known
      if (oldest.repeated > 0) this.#write({ ...oldest.entry, repeated: oldest.repeated })
    }
    return known
  }

  #forget(key: string): Known | undefined {
    const known = this.#known.get(key)
    this.#known.delete(key)
    if (known) known.counting = false
    return known
  }

  /** Tells what is only counted so far. Call when the process ends. */
  flush(): void {
    for (const key of [...this.#known.keys()]) {
      const { entry, repeated } = this.#forget(key) as Known
      if (repeated > 0) this.#write({ ...entry, repeated })
    }
    this.#tellDropped()
  }

  #turnWindow(nowMs: number): void {
    if (nowMs - this.#windowSinceMs < this.#options.windowMs) return
    this.#tellDropped()
    this.#windowSinceMs = nowMs
    this.#lines = 0
  }

  #tellDropped(): void {
    if (this.#dropped > 0) this.#options.onDropped(this.#dropped)
    this.#dropped = 0
  }

  #write(entry: DecisionEntry): void {
    if (this.#lines >= this.#options.maxLines) {
      this.#dropped += 1 + (entry.repeated ?? 0)
      return
    }
    this.#lines++
    this.#options.write(entry)
  }
}

function entryOf({ request: { action, graph, branch, principal }, decision }: Decided): DecisionEntry {
  return {
    allowed: decision.allowed,
    actor: principal && cut(principal.actor),
    action,
    graph,
    ...(branch !== undefined && { branch: cut(branch) }),
    ...(decision.rule !== undefined && { rule: decision.rule }),
    reason: decision.reason,
  }
}

function cut(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name
}
