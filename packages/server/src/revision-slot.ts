import type { ServedRevision } from './served-revision.js'

/** A revision and the leases that were taken while it was the current one. */
interface Epoch {
  readonly revision: ServedRevision
  leases: number
}

/**
 * The one place that says which revision is served. It is replaced between two
 * requests, never under one: who holds a lease may use whatever was current since it was
 * taken, and a replaced revision is closed when the last lease that could know it is gone.
 */
export class RevisionSlot {
  /** Oldest first; the last is current, those before it wait for their leases. */
  readonly #epochs: Epoch[]
  readonly #closing = new Set<Promise<void>>()
  readonly #onCloseError: (error: unknown) => void

  constructor(first: ServedRevision, onCloseError: (error: unknown) => void) {
    this.#epochs = [{ revision: first, leases: 0 }]
    this.#onCloseError = onCloseError
  }

  get current(): ServedRevision {
    return this.#last.revision
  }

  /** Keeps open what is current now and what becomes current, until the answer is called; calling it twice is harmless. */
  lease(): () => void {
    const epoch = this.#last
    epoch.leases++
    let held = true
    return () => {
      if (!held) return
      held = false
      epoch.leases--
      this.#closeUnused()
    }
  }

  replace(next: ServedRevision): void {
    this.#epochs.push({ revision: next, leases: 0 })
    this.#closeUnused()
  }

  /** Closes every revision, leased ones too. */
  async close(): Promise<void> {
    for (const { revision } of this.#epochs) this.#close(revision)
    await Promise.all(this.#closing)
  }

  get #last(): Epoch {
    return this.#epochs[this.#epochs.length - 1] as Epoch
  }

  /** In order: a lease of an older epoch may use a newer revision too. */
  #closeUnused(): void {
    while (this.#epochs.length > 1 && this.#epochs[0]?.leases === 0)
      this.#close((this.#epochs.shift() as Epoch).revision)
  }

  #close(revision: ServedRevision): void {
    const closing = revision
      .close()
      .catch(this.#onCloseError)
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }
}
