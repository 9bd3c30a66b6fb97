import type { BoundSchema } from '../storage/bound-schema.js'
import type { HeldReadLock } from '../storage/held-read-lock.js'
import { prepared } from '../storage/statements.js'
import { MAIN_HEAD, type View } from '../storage/view.js'
import type { WriteEnvironment } from '../write/commit-writer.js'

/** How the head of a branch is read, whichever commit it is just then. */
export interface BranchHead {
  readonly view: View
  /** Of its schema. */
  readonly version: number
  readonly schema: BoundSchema
}

/** `read`: runs its body in one read transaction. */
export interface HeadSources extends Pick<WriteEnvironment, 'db' | 'history' | 'schemas'> {
  readonly readLock: HeldReadLock
  readonly read: <T>(body: () => T) => T
}

/**
 * Where branch names point, as one connection last saw it. Who writes on this
 * connection calls `forget`; what others write is seen by SQLite's data version.
 */
export class BranchHeads {
  readonly #sources: HeadSources
  readonly #dataVersion
  #main: (BranchHead & { readonly dataVersion: number }) | null = null
  readonly #branches = new Map<string, BranchHead>()
  #branchesAt = -1

  constructor(sources: HeadSources) {
    this.#sources = sources
    this.#dataVersion = prepared(sources.db, 'PRAGMA data_version', 'pluck')
  }

  /** The head of main, its schema re-read only when another connection has written. */
  main(): BranchHead {
    const dataVersion = this.#currentVersion()
    if (this.#main === null || this.#main.dataVersion !== dataVersion) {
      const { history, schemas } = this.#sources
      const { schema_version: version } = history.head('main')
      this.#main = { dataVersion, version, schema: schemas.at(version), view: MAIN_HEAD }
    }
    return this.#main
  }

  /** The head of main as it was last seen; null when it was not, or may have changed by a write of this connection. */
  get lastMain(): BranchHead | null {
    return this.#main
  }

  /**
   * The head of a branch. Its number, its view and (until a migration is
   * merged into it) its schema do not move with its head, so they are looked up
   * again only when the file was written to by somebody else or branches changed. Throws `branch_not_found`.
   */
  of(name: string): BranchHead {
    if (name === 'main') return this.main()
    const dataVersion = this.#currentVersion()
    if (this.#branchesAt !== dataVersion) this.#branches.clear()
    this.#branchesAt = dataVersion
    const known = this.#branches.get(name)
    if (known) return known
    const { history, schemas, read } = this.#sources
    const head = read(() => {
      const { commit, view } = history.resolve({ branch: name })
      return { view, version: commit.schema_version, schema: schemas.at(commit.schema_version) }
    })
    this.#branches.set(name, head)
    return head
  }

  /** After what may have moved a schema or a branch. */
  forget(): void {
    this.#main = null
    this.#branches.clear()
  }

  #currentVersion(): number {
    this.#sources.readLock.beforeRead()
    return this.#dataVersion.get() as number
  }
}
