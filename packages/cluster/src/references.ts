import type { Diagnostic } from '@groundplane/core'
import type { Declared, NamedSection, PartialConfig } from './config.js'
import { KIND_NAMES } from './parse-semantic-sections.js'
import { problem } from './problem.js'

/**
 * What the members of a configuration say of each other by name, as addresses. Undefined for what cannot be one: it is
 * reported here, or where the named member itself stands and cannot be read.
 */
export class References {
  readonly #config: PartialConfig
  readonly #diagnostics: Diagnostic[]

  /** `diagnostics` gets what is wrong. */
  constructor(config: PartialConfig, diagnostics: Diagnostic[]) {
    this.#config = config
    this.#diagnostics = diagnostics
  }

  /** Each graph that has texts embedded names a provider that is declared. */
  checkProviders(): void {
    for (const { embeddingProvider } of this.#config.graphs) {
      if (!embeddingProvider) continue
      const parts = embeddingProvider.value.split('.')
      const name =
        parts.length === 1
          ? parts[0]
          : parts.length === 3 && embeddingProvider.value.startsWith('provider.embedding.')
            ? parts[2]
            : undefined
      if (name === undefined) {
        this.#report(
          'wrong_kind_reference',
          embeddingProvider,
          `"${embeddingProvider.value}" is not an embedding provider`,
          'Name a member of providers.embedding.',
        )
      } else if (!this.#config.providers.some((p) => p.name === name) && !this.#isNamed('providers', name)) {
        this.#report(
          'dangling_embedding_provider_reference',
          embeddingProvider,
          `no embedding provider is named "${name}"`,
          'Declare it under providers.embedding, or correct the name.',
        )
      }
    }
  }

  /** `graph.<id>`. */
  graphAddress(reference: Declared<string>): string | undefined {
    const { value } = reference
    if (value.includes('.') && !value.startsWith('graph.')) {
      return this.#report(
        'wrong_kind_reference',
        reference,
        `"${value}" is not a graph`,
        'Name a member of graphs.',
      )
    }
    const id = value.replace(/^graph\./, '')
    if (this.#config.graphs.some((g) => g.id === id)) return `graph.${id}`
    if (this.#isNamed('graphs', id)) return undefined
    return this.#report(
      'dangling_graph_reference',
      reference,
      `no graph is named "${id}"`,
      'Declare it under graphs, or correct the name.',
    )
  }

  /** The same, of a graph that is a catalog. */
  catalogGraph(reference: Declared<string>): string | undefined {
    const address = this.graphAddress(reference)
    const graph = address && this.#config.graphs.find((g) => `graph.${g.id}` === address)
    if (!graph || graph.kind === 'catalog') return address
    return this.#report(
      'wrong_kind_reference',
      reference,
      `graph "${graph.id}" is not a catalog`,
      'Name a graph of kind catalog.',
    )
  }

  #sourceAddress(reference: Declared<string>, graph: Declared<string>): string | undefined {
    const name = reference.value.replace(/^source\./, '')
    const source = this.#config.sources.find((s) => s.name === name)
    if (!source && this.#isNamed('sources', name)) return undefined
    if (!source) {
      return this.#report(
        'dangling_source_reference',
        reference,
        `no source is named "${name}"`,
        'Declare it under sources, or correct the name.',
      )
    }
    if (source.graph.value.replace(/^graph\./, '') !== graph.value.replace(/^graph\./, '')) {
      return this.#report(
        'wrong_kind_reference',
        reference,
        `source "${name}" belongs to graph "${source.graph.value}", not "${graph.value}"`,
        'Use sources of one graph together.',
      )
    }
    return `source.${name}`
  }

  /** A source that can be asked. The tests of a dbt project are run by dbt, those of Great Expectations by itself. */
  databaseAddress(reference: Declared<string>, graph: Declared<string>): string | undefined {
    const name = reference.value.replace(/^source\./, '')
    const kind = this.#config.sources.find((s) => s.name === name)?.kind
    if (kind !== 'dbt' && kind !== 'great_expectations') return this.#sourceAddress(reference, graph)
    return this.#report(
      'wrong_kind_reference',
      reference,
      `source "${name}" is ${KIND_NAMES[kind]}, which nothing can be asked of`,
      'Name the source of the warehouse that it is about.',
    )
  }

  /** Whether a member of this name stands in the document, be it readable or not. */
  #isNamed(section: NamedSection, name: string): boolean {
    return this.#config.named[section].has(name)
  }

  #report(code: string, at: Declared<string>, message: string, remedy: string): undefined {
    this.#diagnostics.push(problem(code, at.place, message, remedy))
  }
}
