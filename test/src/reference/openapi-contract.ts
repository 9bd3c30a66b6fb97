import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

/** What is read of an OpenAPI 3.1 document; everything else goes to the validator as it is. */
interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema?: object }>>

export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly requestHeaders: Headers
  readonly requestBody: string | undefined
  readonly status: number
  readonly responseType: string
  readonly responseBody: string
}

/** Sent by every HTTP client, and in no operation's list. */
const COMMON_HEADERS = ['accept', 'authorization', 'content-type']

/**
 * An OpenAPI document that exchanges are held to, in both directions: a client made from the document could have sent the
 * request, and could read the answer.
 */
export class OpenApiContract {
  readonly #document: OpenApiDocument
  readonly #pointers = new Map<Operation, string>()
  readonly #routes: { readonly pattern: RegExp; readonly methods: Readonly<Record<string, Operation>> }[] = []
  readonly #validators = new Map<string, ValidateFunction>()
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  /** `operationId` of what was judged, and with the status of each refusal that the document does not name. */
  readonly seen = new Set<string>()
  readonly unnamedRefusals = new Set<string>()

  constructor(file: string) {
    this.#document = JSON.parse(readFileSync(file, 'utf8')) as OpenApiDocument
    this.#ajv.addSchema(this.#document, 'api')
    for (const [path, methods] of Object.entries(this.#document.paths)) {
      this.#routes.push({
        pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
        methods,
      })
      for (const [method, operation] of Object.entries(methods))
        this.#pointers.set(operation, `api#/paths/${escaped(path)}/${method}`)
    }
  }

  /** Of operations that no exchange has been judged of. */
  get unseen(): string[] {
    return [...this.#pointers.keys()].map(({ operationId }) => operationId).filter((id) => !this.seen.has(id))
  }

  /** As `fetch`; throws when the exchange does not fit, or its operation is not in the document and its path not in `beside`. */
  fetch(beside: readonly string[]): typeof fetch {
    return async (input, init) => {
      const request = new Request(input as string, init)
      const requestBody = request.body === null ? undefined : await request.clone().text()
      const response = await fetch(request)
      const url = new URL(request.url)
      if (beside.includes(url.pathname)) return response
      const responseType = response.headers.get('content-type')?.split(';', 1)[0] ?? ''
      const responseBody = request.method === 'HEAD' ? '' : await response.clone().text()
      const said = { method: request.method, url, requestHeaders: request.headers, requestBody }
      const problems = this.judge({ ...said, status: response.status, responseType, responseBody })
      if (problems.length > 0)
        throw new Error(
          `${request.method} ${url.pathname} → ${response.status} does not fit:\n${problems.join('\n')}`,
        )
      return response
    }
  }

  judge(exchange: Exchange): string[] {
    const { method, url, status } = exchange
    const route = this.#routes.find(({ pattern }) => pattern.test(url.pathname))
    const operation = route?.methods[method.toLowerCase()]
    if (!operation) return ['there is no such operation']
    this.seen.add(operation.operationId)
    const refused = status >= 400
    return [...(refused ? [] : this.#request(operation, exchange)), ...this.#response(operation, exchange)]
  }

  /** Of a request that was taken: one that was refused may be wrong on purpose. */
  #request(operation: Operation, { url, requestHeaders, requestBody }: Exchange): string[] {
    const parameters = operation.parameters ?? []
    const names = (place: string) => parameters.filter((p) => p.in === place).map((p) => p.name.toLowerCase())
    const [query, headers] = [names('query'), [...names('header'), ...COMMON_HEADERS]]
    const problems = [...url.searchParams.keys()]
      .filter((name) => !query.includes(name.toLowerCase()))
      .map((name) => `request: no query parameter ${name}`)
    for (const name of requestHeaders.keys())
      if (!headers.includes(name)) problems.push(`request: no header ${name}`)
    for (const { name, in: place, required } of parameters) {
      const given =
        place === 'query' ? url.searchParams.has(name) : place !== 'header' || requestHeaders.has(name)
      if (required && !given) problems.push(`request: ${name} is missing`)
    }
    const body = operation.requestBody
    if (requestBody === undefined)
      return body?.required ? [...problems, 'request: the body is missing'] : problems
    const type = requestHeaders.get('content-type') ?? ''
    if (!body?.content[type]) return [...problems, `request: no body of type ${type}`]
    const at = `requestBody/content/${escaped(type)}`
    return [...problems, ...this.#body(operation, at, type, requestBody).map((p) => `request: ${p}`)]
  }

  #response(operation: Operation, { method, status, responseType, responseBody }: Exchange): string[] {
    const named = operation.responses[status]
    // Failures are one body in the whole document: a client reads one it does not expect as those it does.
    const refusal = status >= 400 ? Object.keys(operation.responses).find((s) => s >= '400') : undefined
    const as = named ? String(status) : refusal
    if (as === undefined) return [`the status ${status} is not in the document`]
    if (!named) this.unnamedRefusals.add(`${operation.operationId} ${status}`)
    const response = operation.responses[as] as (typeof operation.responses)[string]
    if (method === 'HEAD' || !response.content) return []
    if (!response.content[responseType]) return [`no answer of type ${responseType}`]
    const at = `responses/${as}/content/${escaped(responseType)}`
    return this.#body(operation, at, responseType, status < 400 ? responseBody : withErrorText(responseBody))
  }

  #body(operation: Operation, at: string, type: string, text: string): string[] {
    if (type !== 'application/json') return []
    const reference = `${this.#pointers.get(operation)}/${at}/schema`
    let validate = this.#validators.get(reference)
    if (!validate) {
      validate = this.#ajv.compile({ $ref: reference })
      this.#validators.set(reference, validate)
    }
    if (validate(JSON.parse(text))) return []
    return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}`)
  }
}

/** Ours has an object where the reference has a text: docs/compatibility.md says so. The members beside it are held to the document. */
function withErrorText(body: string): string {
  const { error, ...beside } = JSON.parse(body) as { error: { message: string } }
  return JSON.stringify({ ...beside, error: error.message })
}

/** As a segment of a JSON pointer in a URI fragment. */
function escaped(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'))
}
