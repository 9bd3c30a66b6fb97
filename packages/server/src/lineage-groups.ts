import { setImmediate } from 'node:timers/promises'
import type { CatalogApi, DeclaredNames, ReceivedEvents } from '@groundplane/catalog'
import { canonicalJson } from '@groundplane/core'
import type { WriteContext } from '@groundplane/graph'

/** On whose behalf events are recorded, and where. Policy has been asked. */
export interface LineageWriter {
  readonly catalog: CatalogApi
  /** Absent: every dataset is named by its namespace. */
  readonly names: DeclaredNames | undefined
  readonly ctx: WriteContext
}

interface Waiting extends LineageWriter {
  /** What may share a commit is equal in it. */
  readonly author: string
  readonly texts: readonly string[]
  readonly resolve: (received: ReceivedEvents) => void
  readonly reject: (error: unknown) => void
}

/** The writer of a commit waits for the disk once for all of them; the more they are, the longer everybody else waits for the thread. */
const EVENTS_AT_ONCE = 32

/**
 * Group commit: what one actor sent to one catalog and waits at the same time for its turn becomes one commit. Each is
 * answered when that is durable, by itself: what is wrong with one is told to its own sender, and the
 * others are recorded. Between two commits others have a turn of the event loop. When the store
 * fails, everybody in the group is told so, and nobody has been told otherwise.
 */
export class LineageGroups {
  readonly #waiting: Waiting[] = []
  #isWriting = false

  record(writer: LineageWriter, texts: readonly string[]): Promise<ReceivedEvents> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...writer, author: authorOf(writer), texts, resolve, reject })
      if (!this.#isWriting) void this.#write()
    })
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      // Whatever has arrived by then is in the group.
      await setImmediate()
      recordTogether(this.#nextGroup())
    }
    this.#isWriting = false
  }

  /** Those at the front that may share a commit: of one actor the order of arrival is kept. */
  #nextGroup(): Waiting[] {
    const [first] = this.#waiting as [Waiting]
    const group: Waiting[] = []
    let events = 0
    for (const next of this.#waiting) {
      if (next.catalog !== first.catalog || next.names !== first.names || next.author !== first.author) break
      events += next.texts.length
      if (group.length > 0 && events > EVENTS_AT_ONCE) break
      group.push(next)
    }
    this.#waiting.splice(0, group.length)
    return group
  }
}

function recordTogether(group: readonly Waiting[]): void {
  const [{ catalog, names, ctx }] = group as [Waiting]
  try {
    const texts = group.flatMap((one) => one.texts)
    const received = catalog.receiveLineage(texts, group.length === 1 ? ctx : sharedContext(group), names)
    let from = 0
    for (const one of group) {
      one.resolve(partOf(received, from, one.texts.length))
      from += one.texts.length
    }
  } catch (error) {
    for (const one of group) one.reject(error)
  }
}

/** The trace is of one request, so a commit of several has none, unless it is the same. */
function sharedContext(group: readonly Waiting[]): WriteContext {
  const [{ ctx }] = group as [Waiting]
  if (group.every((one) => one.ctx.provenance?.traceId === ctx.provenance?.traceId)) return ctx
  const { traceId: _, ...provenance } = ctx.provenance ?? {}
  return { ...ctx, provenance }
}

function partOf(received: ReceivedEvents, from: number, count: number): ReceivedEvents {
  const refused = received.refused
    .filter(({ index }) => index >= from && index < from + count)
    .map((one) => ({ ...one, index: one.index - from }))
  return { ...received, recorded: count - refused.length, refused }
}

function authorOf({ ctx }: LineageWriter): string {
  const { traceId: _, ...provenance } = ctx.provenance ?? {}
  return canonicalJson({ principal: { ...ctx.principal }, provenance })
}
