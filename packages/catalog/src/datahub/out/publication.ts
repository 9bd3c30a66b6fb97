import { CatalogError } from '../../model/error.js'

/** A record that the server refused; the next publication tries it again. */
export interface RefusedRecord {
  readonly urn: string
  readonly aspectName: string
  /** Of an event: milliseconds since 1970, and what tells it from others of that instant. */
  readonly event?: { readonly at: number; readonly part: string }
}

/**
 * What a server of DataHub has been told of a graph. It moves only when the server has acknowledged: at any instant, what
 * it says to be there is there. Members are only ever added to this shape.
 */
export interface Publication {
  readonly version: 1
  readonly target: string
  readonly graph: string
  /** The commit the server is at; null before the first publication has ended. */
  readonly commit: string | null
  /** A publication that has not ended: `done` changes of those from `from` to `to` are acknowledged. */
  readonly pending?: { readonly from: string | null; readonly to: string; readonly done: number }
  /** Entities that were marked as removed, with the aspects the server still has of them. */
  readonly removed: Readonly<Record<string, readonly string[]>>
  readonly refused: readonly RefusedRecord[]
}

/**
 * Where a publication is kept. `write` is one atomic, durable decision: with `tag` only if the document is still the one that
 * was read, with null only if there is none; else it throws an error with the code `precondition_failed`.
 */
export interface PublicationStore {
  read(): Promise<{ readonly text: string; readonly tag: string } | null>
  write(text: string, tag: string | null): Promise<string>
}

/** The publication that is kept; the caller's alone as long as nobody else writes it. */
export class KeptPublication {
  readonly #store: PublicationStore
  #tag: string | null
  #value: Publication

  private constructor(store: PublicationStore, tag: string | null, value: Publication) {
    this.#store = store
    this.#tag = tag
    this.#value = value
  }

  /** Throws `publication_unreadable`. */
  static async load(store: PublicationStore, target: string, graph: string): Promise<KeptPublication> {
    const kept = await store.read()
    return new KeptPublication(
      store,
      kept?.tag ?? null,
      kept ? parsePublication(kept.text) : nothing(target, graph),
    )
  }

  /** As if nothing were known, whatever is kept: what is written next takes its place. */
  static async renew(store: PublicationStore, target: string, graph: string): Promise<KeptPublication> {
    const kept = await store.read()
    return new KeptPublication(store, kept?.tag ?? null, nothing(target, graph))
  }

  get value(): Publication {
    return this.#value
  }

  /** Throws `publication_moved` when somebody else has written meanwhile. */
  async move(next: Publication): Promise<void> {
    try {
      this.#tag = await this.#store.write(`${JSON.stringify(next)}\n`, this.#tag)
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'precondition_failed') throw error
      throw new CatalogError(
        'conflict',
        'publication_moved',
        'Another publisher is at work for this target.',
        {
          remedy: 'Let one publish at a time; publish again when the other has ended.',
          cause: error,
        },
      )
    }
    this.#value = next
  }
}

function nothing(target: string, graph: string): Publication {
  return { version: 1, target, graph, commit: null, removed: {}, refused: [] }
}

function parsePublication(text: string): Publication {
  let value: Partial<Publication> | null = null
  try {
    value = JSON.parse(text) as Partial<Publication> | null
  } catch {
    // Said below, with everything else it may be.
  }
  const { pending } = value ?? {}
  const sound =
    value?.version === 1 &&
    (value.commit === null || typeof value.commit === 'string') &&
    typeof value.removed === 'object' &&
    value.removed !== null &&
    Array.isArray(value.refused) &&
    (pending === undefined || (typeof pending.to === 'string' && Number.isSafeInteger(pending.done)))
  if (sound) return value as Publication
  throw new CatalogError(
    'unavailable',
    'publication_unreadable',
    'What was published to this target cannot be read: the document is damaged, or of a newer version.',
    { remedy: 'Restore it, or publish with --full, which begins anew.' },
  )
}
