import type { Diagnostic } from '@groundplane/core'
import { didYouMean } from '../did-you-mean.js'
import { type YamlEntry, type YamlPlace, YamlReader } from '../yaml-reader.js'

/** What people know about a source and the source does not. Names are keys of the maps. */
export interface SourceMetadata {
  readonly tags: ReadonlyMap<string, { readonly description?: string }>
  readonly terms: ReadonlyMap<string, { readonly name: string; readonly description?: string }>
  readonly owners: ReadonlyMap<
    string,
    { readonly name: string; readonly email?: string; readonly description?: string }
  >
  readonly domains: ReadonlyMap<string, { readonly name: string; readonly description?: string }>
  readonly datasets: ReadonlyMap<string, DatasetMetadata>
}

export interface DatasetMetadata {
  readonly description?: string
  readonly owners: readonly string[]
  readonly tags: readonly string[]
  readonly terms: readonly string[]
  readonly domain?: string
  readonly columns: ReadonlyMap<string, ColumnMetadata>
}

export interface ColumnMetadata {
  readonly description?: string
  readonly tags: readonly string[]
  readonly terms: readonly string[]
}

export const NO_METADATA: SourceMetadata = {
  tags: new Map(),
  terms: new Map(),
  owners: new Map(),
  domains: new Map(),
  datasets: new Map(),
}

/** Mistakes of a metadata file; nothing is looked up in a source. */
export function checkMetadata(text: string, file?: string): Diagnostic[] {
  return parseMetadata(text, file).diagnostics
}

/** `metadata` is absent when there is any error. Every mistake is reported, with its position. */
export function parseMetadata(
  text: string,
  file?: string,
): { metadata?: SourceMetadata; diagnostics: Diagnostic[] } {
  const reader = new YamlReader(text, file)
  const metadata = reader.root ? new MetadataParser(reader).file(reader.root) : NO_METADATA
  const diagnostics = reader.diagnostics
  return diagnostics.some((d) => d.severity === 'error') ? { diagnostics } : { metadata, diagnostics }
}

type Fields = Record<string, string | undefined>

class MetadataParser {
  readonly #reader: YamlReader
  #tags = new Set<string>()
  #terms = new Set<string>()
  #owners = new Set<string>()
  #domains: Set<string> | undefined

  constructor(reader: YamlReader) {
    this.#reader = reader
  }

  file(root: YamlPlace): SourceMetadata {
    const entries =
      this.#reader.entries(root, ['version', 'tags', 'terms', 'owners', 'domains', 'datasets']) ?? []
    const at = (key: string): YamlEntry | undefined => entries.find((e) => e.key === key)
    const tags = this.#vocabulary(at('tags'), ['description'])
    const terms = this.#vocabulary(at('terms'), ['name', 'description'])
    const owners = this.#vocabulary(at('owners'), ['name', 'email', 'description'])
    const domains = this.#vocabulary(at('domains'), ['name', 'description'])
    this.#tags = new Set(tags.keys())
    this.#terms = new Set(terms.keys())
    this.#owners = new Set(owners.keys())
    // Domains may be used without being listed: a domain without a description is just its name.
    this.#domains = at('domains') ? new Set(domains.keys()) : undefined
    const datasets = this.#datasets(at('datasets'))
    for (const { domain } of datasets.values())
      if (domain !== undefined && !domains.has(domain)) domains.set(domain, {})
    return {
      tags: plain(tags),
      terms: named(terms),
      owners: named(owners),
      domains: named(domains),
      datasets,
    }
  }

  #vocabulary(section: YamlEntry | undefined, keys: readonly string[]): Map<string, Fields> {
    const found = new Map<string, Fields>()
    if (!section) return found
    for (const entry of this.#reader.entries(section) ?? []) {
      const fields: Fields = {}
      // `pii:` without a body is a name without a description.
      const members = isNothing(entry) ? [] : (this.#reader.entries(entry, keys) ?? [])
      for (const member of members) fields[member.key] = this.#reader.string(member)
      found.set(entry.key, fields)
    }
    return found
  }

  #datasets(section: YamlEntry | undefined): Map<string, DatasetMetadata> {
    const datasets = new Map<string, DatasetMetadata>()
    if (!section) return datasets
    for (const entry of this.#reader.entries(section) ?? []) {
      const members =
        this.#reader.entries(entry, ['description', 'owners', 'tags', 'terms', 'domain', 'columns']) ?? []
      const at = (key: string): YamlEntry | undefined => members.find((m) => m.key === key)
      const description = this.#text(at('description'))
      const domain = this.#domain(at('domain'))
      datasets.set(entry.key, {
        ...(description !== undefined && { description }),
        owners: this.#references(at('owners'), 'owner', this.#owners),
        tags: this.#references(at('tags'), 'tag', this.#tags),
        terms: this.#references(at('terms'), 'term', this.#terms),
        ...(domain !== undefined && { domain }),
        columns: this.#columns(at('columns')),
      })
    }
    return datasets
  }

  #columns(section: YamlEntry | undefined): Map<string, ColumnMetadata> {
    const columns = new Map<string, ColumnMetadata>()
    if (!section) return columns
    for (const entry of this.#reader.entries(section) ?? []) {
      const members = this.#reader.entries(entry, ['description', 'tags', 'terms']) ?? []
      const at = (key: string): YamlEntry | undefined => members.find((m) => m.key === key)
      const description = this.#text(at('description'))
      columns.set(entry.key, {
        ...(description !== undefined && { description }),
        tags: this.#references(at('tags'), 'tag', this.#tags),
        terms: this.#references(at('terms'), 'term', this.#terms),
      })
    }
    return columns
  }

  #text(entry: YamlEntry | undefined): string | undefined {
    return entry && this.#reader.string(entry)
  }

  #domain(entry: YamlEntry | undefined): string | undefined {
    const domain = this.#text(entry)
    if (entry && domain !== undefined && this.#domains)
      this.#checkReference(entry, domain, 'domain', this.#domains)
    return domain
  }

  #references(entry: YamlEntry | undefined, kind: string, known: ReadonlySet<string>): string[] {
    if (!entry) return []
    const names = new Set<string>()
    for (const { value, place } of this.#reader.strings(entry) ?? []) {
      this.#checkReference(place, value, kind, known)
      names.add(value)
    }
    return [...names]
  }

  #checkReference(place: YamlPlace, name: string, kind: string, known: ReadonlySet<string>): void {
    if (known.has(name)) return
    const remedy = didYouMean(name, known).trim() || `Declare it under "${kind}s:", or remove it here.`
    this.#reader.reportAt(
      place,
      `unknown_${kind}`,
      `the ${kind} "${name}" is not declared in this file`,
      remedy,
    )
  }
}

function isNothing(place: YamlPlace): boolean {
  return place.node === null || (place.node as { value?: unknown }).value === null
}

function plain(fields: ReadonlyMap<string, Fields>): Map<string, { description?: string }> {
  return new Map(
    [...fields].map(([key, f]) => [
      key,
      { ...(f.description !== undefined && { description: f.description }) },
    ]),
  )
}

/** A name for people: the one given, or the key with spaces and capitals. */
function named(
  fields: ReadonlyMap<string, Fields>,
): Map<string, { name: string; description?: string; email?: string }> {
  return new Map(
    [...fields].map(([key, f]) => [
      key,
      {
        name: f.name ?? key.replace(/[_-]+/g, ' ').replace(/\b\p{L}/gu, (c) => c.toUpperCase()),
        ...(f.description !== undefined && { description: f.description }),
        ...(f.email !== undefined && { email: f.email }),
      },
    ]),
  )
}
