/**
 * A client as people have it who come from the reference: its routes, its header of a condition, its field
 * names in camel case, its errors by status. Written from what its public SDK sends and reads, apart from our
 * own schemas, so that a name that drifts is seen. Members are called as in that SDK, whose place it takes
 * where that cannot be had.
 */

type Json = unknown
// biome-ignore lint/suspicious/noExplicitAny: answers are read by path, as a script does; the tests hold their members
type Answer = any

export interface ReferenceOptions {
  readonly baseUrl: string
  readonly token?: string
  readonly graphId?: string
  /** In place of the global one. */
  readonly fetch?: typeof fetch
}

interface Sent {
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: Json
  /** Sent as it is. */
  readonly raw?: { readonly type: string; readonly text: string }
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses beside 2xx that are no failure. */
  readonly also?: readonly number[]
}

interface Conditional {
  readonly ifGraphCommit?: string
}

/** Members whose own members belong to the caller's schema: their names stay as they are. */
const OPAQUE = new Set(['params', 'rows', 'columns', 'properties', 'data'])

export class ReferenceFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    readonly requestId: string | undefined,
    readonly body: Answer,
  ) {
    super(`HTTP ${status}`)
  }
}

export class ReferenceClient {
  readonly #options: ReferenceOptions

  constructor(options: ReferenceOptions) {
    this.#options = options
  }

  graph(graphId: string): ReferenceClient {
    return new ReferenceClient({ ...this.#options, graphId })
  }

  health(): Promise<Answer> {
    return this.#json('GET', '/healthz')
  }

  readiness(): Promise<Answer> {
    return this.#json('GET', '/readyz', { also: [503] })
  }

  readonly graphs = { list: async (): Promise<Answer> => (await this.#json('GET', '/graphs')).graphs }

  query(input: object): Promise<Answer> {
    return this.#json('POST', this.#at('/query'), { body: input })
  }

  mutate(input: object, { ifGraphCommit }: Conditional = {}): Promise<Answer> {
    return this.#json('POST', this.#at('/mutate', ifGraphCommit), {
      body: input,
      ...condition(ifGraphCommit),
    })
  }

  load(input: object): Promise<Answer> {
    return this.#json('POST', this.#at('/load'), { body: input })
  }

  loadNdjson({
    ndjson,
    ...query
  }: {
    ndjson: string
    branch?: string
    from?: string
    mode?: string
  }): Promise<Answer> {
    const raw = { type: 'application/x-ndjson', text: ndjson }
    return this.#json('POST', this.#at('/load/ndjson'), { query, raw })
  }

  snapshot(input: { branch?: string } = {}): Promise<Answer> {
    return this.#json('GET', this.#at('/snapshot'), { query: input })
  }

  async *export(input: object = {}): AsyncGenerator<Answer> {
    yield* lines(await this.#send('POST', this.#at('/export'), { body: input }))
  }

  readonly schema = {
    get: (): Promise<Answer> => this.#json('GET', this.#at('/schema')),
    apply: (input: object): Promise<Answer> => this.#json('POST', this.#at('/schema/apply'), { body: input }),
  }

  readonly branches = {
    list: async (): Promise<Answer> => (await this.#json('GET', this.#at('/branches'))).branches,
    create: (input: object): Promise<Answer> => this.#json('POST', this.#at('/branches'), { body: input }),
    delete: (name: string): Promise<Answer> =>
      this.#json('DELETE', this.#at(`/branches/${encodeURIComponent(name)}`)),
    merge: (input: object): Promise<Answer> =>
      this.#json('POST', this.#at('/branches/merge'), { body: input }),
  }

  readonly commits = {
    list: async (input: { branch?: string } = {}): Promise<Answer> =>
      (await this.#json('GET', this.#at('/commits'), { query: input })).commits,
    retrieve: (id: string): Promise<Answer> => this.#json('GET', this.#at(`/commits/${id}`)),
    changes: (id: string, input: object = {}): Promise<Answer> =>
      this.#json('GET', this.#at(`/commits/${id}/changes`), { query: pageQuery(input) }),
  }

  readonly changes = {
    poll: (input: object = {}): Promise<Answer> =>
      this.#json('GET', this.#at('/changes'), { query: pageQuery(input) }),
    baseline: (input: object = {}): AsyncIterable<Answer> => this.#baseline(input),
  }

  readonly queries = {
    list: (): Promise<Answer> => this.#json('GET', this.#at('/queries')),
    invoke: (name: string, input: object = {}, { ifGraphCommit }: Conditional = {}): Promise<Answer> =>
      this.#json('POST', this.#at(`/queries/${encodeURIComponent(name)}`, ifGraphCommit), {
        body: input,
        ...condition(ifGraphCommit),
      }),
  }

  readonly blobs = {
    get: (input: object): Promise<Response> => this.#blob('GET', input),
    stat: (input: object): Promise<Response> => this.#blob('HEAD', input),
  }

  async *#baseline(input: object): AsyncGenerator<Answer> {
    yield* lines(await this.#send('POST', this.#at('/changes/baseline'), { body: input }))
  }

  #blob(method: string, input: object): Promise<Response> {
    const { ifMatch, ifNoneMatch, range, ifRange, ...query } = input as Record<string, string>
    const given = { 'If-Match': ifMatch, 'If-None-Match': ifNoneMatch, Range: range, 'If-Range': ifRange }
    const headers = Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    return this.#send(method, this.#at('/blob'), { query, headers, also: [302, 304] })
  }

  #at(path: string, ifGraphCommit?: string): string {
    return `/graphs/${this.#options.graphId}${path}${ifGraphCommit === undefined ? '' : '/if-graph-commit'}`
  }

  async #json(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    return recased(JSON.parse(await (await this.#send(method, path, sent)).text()), toCamel)
  }

  async #send(
    method: string,
    path: string,
    { query = {}, body, raw, headers, also = [] }: Sent,
  ): Promise<Response> {
    const url = new URL(this.#options.baseUrl + path)
    for (const [name, value] of Object.entries(query)) {
      if (value === undefined) continue
      for (const item of [value].flat()) url.searchParams.append(name, item)
    }
    const text = raw ? raw.text : body === undefined ? undefined : JSON.stringify(recased(body, toSnake))
    const response = await (this.#options.fetch ?? fetch)(url, {
      method,
      redirect: 'manual',
      headers: {
        accept: 'application/json, application/x-ndjson',
        ...(this.#options.token !== undefined && { authorization: `Bearer ${this.#options.token}` }),
        ...(text !== undefined && { 'content-type': raw?.type ?? 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    })
    if (response.ok || also.includes(response.status)) return response
    const said = await response.text()
    const failure = said === '' ? undefined : recased(JSON.parse(said), toCamel)
    const id = response.headers.get('x-request-id') ?? undefined
    throw new ReferenceFailure(response.status, failure?.code ?? null, id, failure)
  }
}

function condition(commit: string | undefined): Pick<Sent, 'headers'> {
  return commit === undefined ? {} : { headers: { 'Omnigraph-If-Graph-Commit': commit } }
}

function pageQuery(input: object): NonNullable<Sent['query']> {
  const { limit, pageToken, ...rest } = input as Record<
    string,
    string | readonly string[] | number | undefined
  >
  return {
    ...(rest as Record<string, string>),
    limit: limit === undefined ? undefined : String(limit),
    page_token: pageToken as string | undefined,
  }
}

async function* lines(response: Response): AsyncGenerator<Answer> {
  for (const line of (await response.text()).split('\n')) {
    if (line !== '') yield recased(JSON.parse(line), toCamel)
  }
}

const toCamel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
const toSnake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function recased(value: Json, rename: (name: string) => string): Answer {
  if (Array.isArray(value)) return value.map((item) => recased(item, rename))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      rename(name),
      OPAQUE.has(name) && !Array.isArray(inner) ? inner : name === 'rows' ? inner : recased(inner, rename),
    ]),
  )
}
