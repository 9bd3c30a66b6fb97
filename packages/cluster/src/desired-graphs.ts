import { type Diagnostic, hasErrors, sha256 } from '@groundplane/core'
import { checkQueries, checkSchema, parseQueries, type SchemaModel } from '@groundplane/lang'
import type { ClusterConfig, Declared, GraphConfig } from './config.js'
import { compositeDigest, type DesiredGraph, type DesiredResource } from './desired.js'
import type { ClusterExtensions } from './extensions.js'
import type { LedgerEntry } from './ledger-entry.js'
import { type Place, problem, warning } from './problem.js'
import type { SourceFiles } from './source-file.js'

interface GraphTexts {
  readonly schema: { readonly text: string; readonly file: string } | undefined
  readonly queries: readonly QueryText[]
}

interface QueryText {
  readonly text: string
  readonly file: string
  readonly place: Place
  /** In the map form: the one name taken from the file, and whether it is exposed. */
  readonly only?: { readonly name: string; readonly expose: boolean; readonly place: Place }
}

interface FoundQuery {
  readonly name: string
  /** The declaration alone, so that a change to one query of a file is a change to no other. */
  readonly text: string
  readonly file: string
  readonly expose: boolean
}

/** Reads and checks every declared graph: its schema, then its queries against that schema. */
export class GraphResources {
  readonly diagnostics: Diagnostic[] = []
  /** Files that do not parse; reported already. */
  readonly #unparsable = new Set<string>()
  readonly graphs: DesiredGraph[] = []
  readonly resources: DesiredResource[] = []

  constructor(
    readonly config: ClusterConfig,
    readonly files: SourceFiles,
    readonly extensions: ClusterExtensions | undefined,
  ) {}

  async collect(providers: readonly DesiredResource[]): Promise<this> {
    for (const graph of this.config.graphs) {
      const texts = graph.kind === 'catalog' ? this.#builtIn(graph) : await this.#declared(graph)
      const model = texts.schema && this.#schema(graph, texts.schema)
      const queries = this.#findQueries(texts.queries)
      this.#typecheck(graph, texts.queries, queries, model)
      this.#addResources(graph, model, texts.schema, queries, providers)
    }
    return this
  }

  #builtIn(graph: GraphConfig): GraphTexts {
    if (!this.extensions) {
      this.diagnostics.push(
        problem(
          'catalog_not_available',
          graph.place,
          `${graph.place.path}: this program has no catalog built in`,
          'Use the groundplane command, which has.',
        ),
      )
      return { schema: undefined, queries: [] }
    }
    const queries = Object.entries(this.extensions.catalogQueries).map(([name, text]) => ({
      text,
      file: `catalog/${name}.gq`,
      place: graph.place,
    }))
    return { schema: { text: this.extensions.catalogSchema, file: 'catalog.pg' }, queries }
  }

  async #declared(graph: GraphConfig): Promise<GraphTexts> {
    const schema = graph.schema && (await this.files.read(graph.schema, 'schema_file_missing'))
    const read = async (file: Declared<string>, only?: QueryText['only']): Promise<QueryText[]> => {
      const text = await this.files.read(file, 'query_file_missing')
      return text === undefined ? [] : [{ text, file: file.value, place: file.place, ...(only && { only }) }]
    }
    const queries: QueryText[] = []
    const declared = graph.queries
    if (declared?.form === 'path') {
      for (const file of await this.files.queryFiles(declared.path)) queries.push(...(await read(file)))
    } else if (declared?.form === 'files') {
      for (const file of declared.files) queries.push(...(await read(file)))
    } else if (declared?.form === 'map') {
      for (const entry of declared.entries) queries.push(...(await read(entry.file, entry)))
    }
    return {
      schema: schema === undefined || !graph.schema ? undefined : { text: schema, file: graph.schema.value },
      queries,
    }
  }

  #schema(graph: GraphConfig, source: { text: string; file: string }): SchemaModel | undefined {
    const { model, diagnostics } = checkSchema(source.text, source.file)
    const path = `graphs.${graph.id}.schema`
    for (const d of diagnostics) {
      this.diagnostics.push(
        recoded(d, SYNTAX_CODES.has(d.code) ? 'schema_parse_error' : 'schema_catalog_error', path),
      )
    }
    return model
  }

  /** The queries the graph's files declare, by name; unreadable files and wrong names are reported. */
  #findQueries(texts: readonly QueryText[]): FoundQuery[] {
    const found = new Map<string, FoundQuery>()
    for (const { text, file, place, only } of texts) {
      const { document, diagnostics } = parseQueries(text, file)
      this.diagnostics.push(...diagnostics.map((d) => recoded(d, 'query_parse_error', place.path)))
      if (hasErrors(diagnostics)) this.#unparsable.add(file)
      const names = document.queries.map((q) => q.name)
      if (only && !names.includes(only.name) && diagnostics.length === 0) {
        this.diagnostics.push(
          problem(
            'query_key_mismatch',
            only.place,
            `${file} declares no query named "${only.name}"`,
            `Use a name it declares: ${names.join(', ') || 'it has none'}.`,
          ),
        )
      }
      for (const query of document.queries) {
        if (only && query.name !== only.name) continue
        const earlier = found.get(query.name)
        if (earlier) {
          this.diagnostics.push(
            problem(
              'duplicate_query_name',
              place,
              `query "${query.name}" is declared in ${earlier.file} and again in ${file}`,
              'Rename or remove one of them.',
            ),
          )
        } else {
          const own = `${text.slice(query.span.start, query.span.end)}\n`
          found.set(query.name, { name: query.name, text: own, file, expose: only?.expose ?? true })
        }
      }
    }
    return [...found.values()]
  }

  #typecheck(
    graph: GraphConfig,
    texts: readonly QueryText[],
    queries: readonly FoundQuery[],
    model: SchemaModel | undefined,
  ): void {
    if (queries.length === 0) return
    const path = `graphs.${graph.id}.queries`
    if (!model) {
      this.diagnostics.push(
        warning(
          'query_typecheck_skipped',
          { ...graph.place, path },
          `the queries of ${graph.id} were not type-checked: its schema is not valid`,
          'Correct the schema first.',
        ),
      )
      return
    }
    const seen = new Set<string>()
    for (const { text, file } of texts) {
      if (seen.has(file)) continue
      seen.add(file)
      if (this.#unparsable.has(file)) continue
      for (const d of checkQueries(text, model, file).diagnostics) {
        this.diagnostics.push(recoded(d, d.severity === 'error' ? 'query_typecheck_error' : d.code, path))
      }
    }
  }

  /** A Blob can hold its content or refer to it; that the second is refused is said until it is decided. */
  #warnOfDeniedBlobs(graph: GraphConfig, model: SchemaModel): void {
    if (graph.externalBlobs || graph.kind === 'catalog') return
    const types = [...model.nodes.values(), ...model.edges.values()]
    const type = types.find(({ properties }) =>
      [...properties.values()].some((property) => property.type.kind === 'blob'),
    )
    if (!type) return
    this.diagnostics.push(
      warning(
        'external_blob_ingress_default_deny',
        graph.place,
        `${graph.place.path} has Blobs (${type.name}), and none may refer to content kept elsewhere`,
        'Add external_blobs: { allow: [] } to confirm that, or list the bases that are allowed.',
      ),
    )
  }

  #addResources(
    graph: GraphConfig,
    model: SchemaModel | undefined,
    schema: GraphTexts['schema'],
    queries: readonly FoundQuery[],
    providers: readonly DesiredResource[],
  ): void {
    if (!model || !schema) return
    const { id, kind } = graph
    this.graphs.push({ id, kind, schema: schema.text, model })
    const own: DesiredResource[] = [
      {
        address: `schema.${id}`,
        kind: 'schema',
        entry: { digest: model.digest },
        path: schema.file,
        dependsOn: [`graph.${id}`],
      },
      ...queries.map(({ name, text, file, expose }) => ({
        address: `query.${id}.${name}`,
        kind: 'query' as const,
        entry: { digest: sha256(text), ...(!expose && { expose }) },
        payload: text,
        path: file,
        dependsOn: [`schema.${id}`],
      })),
    ]
    const provider = graph.embeddingProvider && providerAddress(graph.embeddingProvider.value)
    const bindings: Omit<LedgerEntry, 'digest'> = {
      graph_kind: kind,
      ...(provider && { embedding_provider: provider }),
      ...externalBlobPolicy(graph),
    }
    this.#warnOfDeniedBlobs(graph, model)
    const digest = compositeDigest(
      id,
      [...own, ...providers].map((r) => [r.address, r.entry] as const),
      bindings,
    )
    this.resources.push(
      {
        address: `graph.${id}`,
        kind: 'graph',
        entry: { digest, ...bindings },
        dependsOn: provider ? [provider] : [],
      },
      ...own,
    )
  }
}

/** Nothing when nothing is allowed: a ledger of such a graph is as it always was. */
function externalBlobPolicy({ externalBlobs = [] }: GraphConfig): Pick<LedgerEntry, 'external_blob_policy'> {
  if (externalBlobs.length === 0) return {}
  const bases = externalBlobs.map((uri) => ({ uri, scope: 'server_safe' as const }))
  return { external_blob_policy: { mode: 'allow', bases } }
}

/** A bare name means `provider.embedding.<name>`. */
export function providerAddress(reference: string): string {
  return reference.includes('.') ? reference : `provider.embedding.${reference}`
}

const SYNTAX_CODES = new Set([
  'source-too-large',
  'nesting-too-deep',
  'unexpected-character',
  'unterminated-string',
  'unterminated-comment',
  'invalid-escape',
  'syntax-error',
])

/** A finding of the languages under the control plane's code; the exact rule stays in `details.rule`. */
function recoded(d: Diagnostic, code: string, path: string): Diagnostic {
  return { ...d, code, path, details: { ...d.details, rule: d.code } }
}
