import type { Clock } from '@groundplane/core'
import type { AuthorizationRequest } from './authorize.js'
import type { Decision } from './engine.js'

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
}

/** Names come from callers; a long one must not make a long line. */
const MAX_NAME = 200

/** Different decisions remembered at a time. */
const MAX_KNOWN = 2000

/**
 * The log of what the policy decided and by which rule. A point read makes a decision
 * too, so the same decision is told once a window and then counted, and there is a
 * ceiling on lines: neither traffic nor a caller who makes up branch names can fill a disk.
 * Holds no timer; counts are told with the next decision after the window, or by `flush`.
 */
export class DecisionLog {
  readonly #options: Required<DecisionLogOptions>
  readonly #known = new Map<string, Known>()
  #windowSinceMs = 0
  #lines = 0
  #dropped = 0

  constructor(options: DecisionLogOptions) {
    this.#options = { windowMs: 60_000, maxLines: 600, ...options }
  }

  record(request: AuthorizationRequest, decision: Decision): void {
    const nowMs = this.#options.clock()
    this.#turnWindow(nowMs)
    const entry = entryOf(request, decision)
    const { actor, action, graph, branch, allowed, rule } = entry
    const key = JSON.stringify([actor, action, graph, branch, allowed, rule])
    const known = this.#known.get(key)
    if (known && nowMs - known.sinceMs < this.#options.windowMs) {
      known.repeated++
      return
    }
    this.#known.delete(key)
    this.#write(known && known.repeated > 0 ? { ...entry, repeated: known.repeated } : entry)
    this.#known.set(key, { entry, sinceMs: nowMs, repeated: 0 })
    if (this.#known.size > MAX_KNOWN) this.#forgetOldest()
  }

  /** Tells what is only counted so far. Call when the process ends. */
  flush(): void {
    for (const { entry, repeated } of this.#known.values())
      if (repeated > 0) this.#write({ ...entry, repeated })
    this.#known.clear()
    this.#tellDropped()
  }

  #forgetOldest(): void {
    const [key, { entry, repeated }] = this.#known.entries().next().value as [string, Known]
    this.#known.delete(key)
    if (repeated > 0) this.#write({ ...entry, repeated })
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

function entryOf(
  { action, graph, branch, principal }: AuthorizationRequest,
  decision: Decision,
): DecisionEntry {
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
