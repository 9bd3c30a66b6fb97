import type { SchemaModel } from '@groundplane/lang'
import type { Json } from '../api.js'
import { parseLine } from '../load/line.js'
import { numberedLines } from '../load/lines.js'
import { type EmbeddedProperty, embeddedProperties } from './embedded-properties.js'
import type { FilledVectors } from './filled-vectors.js'
import { type EmbeddingProvider, isEmbeddable } from './provider.js'

export interface LineFiller {
  /** The same lines, numbered as before, with the vectors that `@embed` asks for in them. */
  readonly lines: AsyncIterable<string>
  /** After the last line. */
  filled(): FilledVectors
}

type Source = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>

interface FillOptions {
  readonly provider: EmbeddingProvider
  readonly schema: SchemaModel
  /** Called before the first vector of a property is made; throws when the provider must not make it. */
  check(embedded: EmbeddedProperty): void
  /** The vector an entity has already, when it was made of this very text. */
  stored(
    embedded: EmbeddedProperty,
    data: Readonly<Record<string, Json | undefined>>,
  ): readonly number[] | undefined
}

interface WaitingLine {
  readonly text: string
  readonly line: number
  readonly object?: { readonly data: Record<string, unknown> }
}

interface Want {
  readonly embedded: EmbeddedProperty
  readonly data: Record<string, unknown>
}

/** Texts embedded together, and lines held back for them at most. */
const MAX_WANTS = 256
const MAX_LINES = 2000

/** A line that is no node, is not JSON, or has its vectors passes through as it is. */
export function fillLines(source: Source, options: FillOptions): LineFiller {
  const filler = new Filler(options)
  return { lines: filler.run(source), filled: () => filler.filled() }
}

class Filler {
  readonly #options: FillOptions
  readonly #byType: ReadonlyMap<string, readonly EmbeddedProperty[]>
  readonly #checked = new Set<string>()
  #written = 0

  constructor(options: FillOptions) {
    this.#options = options
    const types = options.schema.nodes.map((n) => [n.name, embeddedProperties(n)] as const)
    this.#byType = new Map(types.filter(([, list]) => list.length > 0))
  }

  filled(): FilledVectors {
    return { model: this.#options.provider.model, properties: [...this.#checked] }
  }

  async *run(source: Source): AsyncIterable<string> {
    let waiting: WaitingLine[] = []
    let wants: Want[] = []
    for await (const batch of numberedLines(source)) {
      for (const { text, line } of batch) {
        const found = this.#wants(text, line)
        waiting.push({ text, line, ...(found && { object: found.object }) })
        if (found) wants.push(...found.wants)
        if (wants.length < MAX_WANTS && waiting.length < MAX_LINES) continue
        yield* await this.#release(waiting, wants)
        waiting = []
        wants = []
      }
    }
    yield* await this.#release(waiting, wants)
  }

  #wants(text: string, line: number): { object: { data: Record<string, unknown> }; wants: Want[] } | null {
    const parsed = parseLine(text, line)
    if ('code' in parsed || parsed.kind !== 'node') return null
    const data = parsed.data as Record<string, unknown>
    const wants = (this.#byType.get(parsed.type) ?? [])
      .filter((e) => isEmbeddable(own(data, e.source)) && (own(data, e.property) ?? null) === null)
      .map((embedded) => ({ embedded, data }))
    return wants.length > 0 ? { object: { ...{ type: parsed.type }, data }, wants } : null
  }

  async #release(waiting: readonly WaitingLine[], wants: readonly Want[]): Promise<string[]> {
    await this.#fill(wants)
    const lines: string[] = []
    for (const { text, line, object } of waiting) {
      // Blank lines were skipped; the numbers behind them must stay.
      while (++this.#written < line) lines.push('')
      lines.push(object ? JSON.stringify(object) : text)
    }
    return lines
  }

  async #fill(wants: readonly Want[]): Promise<void> {
    const missing: Want[] = []
    for (const want of wants) {
      const { embedded, data } = want
      const name = `${embedded.type}.${embedded.property}`
      if (!this.#checked.has(name)) {
        this.#options.check(embedded)
        this.#checked.add(name)
      }
      const stored = this.#options.stored(embedded, data as Record<string, Json>)
      if (stored) data[embedded.property] = stored
      else missing.push(want)
    }
    for (const dimensions of new Set(missing.map((w) => w.embedded.dimensions))) {
      const group = missing.filter((w) => w.embedded.dimensions === dimensions)
      const texts = group.map((w) => w.data[w.embedded.source] as string)
      const vectors = await this.#options.provider.embed(texts, { dimensions, purpose: 'document' })
      group.forEach((w, i) => {
        w.data[w.embedded.property] = Array.from(vectors[i] as Float32Array)
      })
    }
  }
}

function own(data: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined
}
