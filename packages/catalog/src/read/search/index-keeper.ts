import type { Snapshot } from '../snapshot.js'
import type { BackgroundIndex, BroughtIndex } from './background-index.js'
import type { IndexTarget } from './index-bringing.js'
import { buildIndex, changesSince, followIndex } from './index-changes.js'
import { type IndexAt, loadIndex } from './index-file.js'
import { ReadEarlier, SearchIndexPending } from './index-pending.js'
import type { TextIndex } from './text-index.js'
import { firstAsked } from './when-indexed.js'

/** So many changes are followed by who asks; more are for the thread behind, when there is one. */
const FEW_CHANGES = 1000
/** So many datasets, or texts, are indexed in less time than a thread needs to start. */
const SMALL = 200
/** Documents of all indexes kept besides that of main. */
const OTHER_DOCUMENTS = 150_000
/** Indexes kept besides that of main. */
const MAX_OTHERS = 5

/**
 * Keeps one search index at the head of main, and a few of other branches and of past commits: those asked about last. An
 * index follows its head by what has changed; it is made anew when that is too much or cannot be followed. With a
 * thread behind, whatever takes long is done there and `at` throws `SearchIndexPending`, or `ReadEarlier` for a question that has
 * waited and is answered by the index as it is; without, it is done at once.
 */
export class IndexKeeper {
  readonly #background: BackgroundIndex | undefined
  readonly #onBrought: ((brought: Omit<BroughtIndex, 'index'>) => void) | undefined
  #main: IndexAt | undefined
  /** By `performance.now()`: the index of main shows all that was committed before. */
  #mainAsOf = 0
  /** By `branch:` or `commit:`; the last is the one asked about last. */
  readonly #others = new Map<string, IndexAt>()
  readonly #begun = new Map<string, Promise<void>>()

  constructor(background?: BackgroundIndex, onBrought?: (brought: Omit<BroughtIndex, 'index'>) => void) {
    this.#background = background
    this.#onBrought = onBrought
  }

  /**
   * The index of a snapshot, of the head of its branch or of a past commit. `exactly`: an earlier commit of main will not do
   * for its head, however long it has been waited for.
   */
  at(snapshot: Snapshot, past: boolean, exactly: boolean): TextIndex {
    const { id: commit, branch } = snapshot.commit
    const target: IndexTarget = past ? { commit } : { branch }
    if (this.#main?.commit === commit) return this.#main.index
    for (const [key, kept] of this.#others)
      if (kept.commit === commit) {
        this.#others.delete(key)
        this.#others.set(key, kept)
        return kept.index
      }
    const near = past ? undefined : this.#kept(target)
    return (near && this.#followed(near, target, snapshot)) ?? this.#made(target, snapshot, exactly)
  }

  /** Whether the index of main shows another commit, and is not being brought to its head. */
  isBehind(commit: string): boolean {
    return this.#main?.commit !== commit && !this.#begun.has(keyOf({ branch: 'main' }))
  }

  #kept(target: IndexTarget): IndexAt | undefined {
    return isMain(target) ? this.#main : this.#others.get(keyOf(target))
  }

  #keep(target: IndexTarget, kept: IndexAt): void {
    if (isMain(target)) {
      this.#main = kept
      return
    }
    this.#others.delete(keyOf(target))
    this.#others.set(keyOf(target), kept)
    let documents = 0
    for (const { index } of this.#others.values()) documents += index.size
    for (const [key, { index }] of this.#others) {
      if (this.#others.size === 1 || (documents <= OTHER_DOCUMENTS && this.#others.size <= MAX_OTHERS)) return
      this.#others.delete(key)
      documents -= index.size
    }
  }

  #drop(target: IndexTarget): void {
    if (isMain(target)) this.#main = undefined
    else this.#others.delete(keyOf(target))
  }

  #followed(kept: IndexAt, target: IndexTarget, snapshot: Snapshot): TextIndex | undefined {
    if (this.#background && changesSince(kept.commit, snapshot, FEW_CHANGES) === null) return undefined
    // Of no commit while it is on its way.
    this.#drop(target)
    if (followIndex(kept.index, kept.commit, snapshot) === null) {
      this.#keep(target, kept)
      return undefined
    }
    this.#keep(target, { index: kept.index, commit: snapshot.commit.id })
    return kept.index
  }

  #made(target: IndexTarget, snapshot: Snapshot, exactly: boolean): TextIndex {
    if (this.#background && !isSmall(snapshot)) {
      const asked = firstAsked()
      const earlier =
        !exactly && isMain(target) && asked !== undefined && this.#mainAsOf >= asked ? this.#main : undefined
      if (earlier) throw new ReadEarlier(earlier.commit)
      // Before it is begun: it then shows what this one asks for.
      const now = performance.now()
      throw new SearchIndexPending(this.#begin(this.#background, target), now)
    }
    const kept = isMain(target) && !this.#background && !this.#main ? loadIndex(snapshot.graph) : undefined
    const found = kept && this.#followed(kept, target, snapshot)
    if (found) return found
    const index = buildIndex(snapshot)
    this.#keep(target, { index, commit: snapshot.commit.id })
    return index
  }

  #begin(background: BackgroundIndex, target: IndexTarget): Promise<void> {
    const key = keyOf(target)
    const known = this.#begun.get(key)
    if (known) return known
    const asOf = performance.now()
    const begun = background
      .bring(target)
      .then(({ index, ...rest }) => {
        this.#keep(target, { index, commit: rest.commit })
        if (isMain(target)) this.#mainAsOf = asOf
        this.#onBrought?.(rest)
      })
      .finally(() => this.#begun.delete(key))
    this.#begun.set(key, begun)
    return begun
  }
}

function isMain(target: IndexTarget): boolean {
  return 'branch' in target && target.branch === 'main'
}

function keyOf(target: IndexTarget): string {
  return 'branch' in target ? `branch:${target.branch}` : `commit:${target.commit}`
}

function isSmall(snapshot: Snapshot): boolean {
  return ['some_datasets', 'some_documents'].every((query) => snapshot.rows(query).length <= SMALL)
}
