import { type Operation, operations } from '@groundplane/protocol'
import { errorResponses, RESPONSE_HEADERS, responsesOf } from './openapi-responses.js'
import { hoist, type JsonObject } from './openapi-schemas.js'

/**
 * The OpenAPI 3.1 document of the route table. Made from the schemas that validate
 * the requests; made once, since nothing in it depends on what is served.
 */
export function openApiDocument(version: string): JsonObject {
  const components: JsonObject = {}
  const paths: Record<string, JsonObject> = {}
  for (const [operationId, operation] of Object.entries(operations) as [string, Operation][]) {
    paths[operation.path] ??= {}
    ;(paths[operation.path] as JsonObject)[operation.method.toLowerCase()] = describe(
      operationId,
      operation,
      components,
    )
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Groundplane',
      version,
      description: 'One common, governed reference for what is true about the data of an organisation.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    tags: [
      { name: 'service', description: 'Health, metrics and what is served' },
      { name: 'graph', description: 'One graph: read, write, load, export, history' },
      { name: 'catalog', description: 'What is known about the data' },
      { name: 'incidents', description: 'The on-call crew' },
      { name: 'datahub', description: 'A catalog as clients of DataHub address it' },
      { name: 'openlineage', description: 'A catalog as clients of OpenLineage address it' },
    ],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      headers: RESPONSE_HEADERS,
      responses: errorResponses(components),
      schemas: components,
    },
  }
}

function describe(operationId: string, operation: Operation, components: JsonObject): JsonObject {
  return {
    operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.public && { security: [] }),
    parameters: parametersOf(operation, components),
    ...bodyOf(operation, components),
    responses: responsesOf(operation, components),
  }
}

function parametersOf(operation: Operation, components: JsonObject): JsonObject[] {
  const parameters: JsonObject[] = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  if (operation.query) {
    const { properties = {}, required = [] } = hoist(operation.query, 'input', components) as {
      properties?: Record<string, JsonObject>
      required?: string[]
    }
    for (const [name, schema] of Object.entries(properties)) {
      parameters.push({ name, in: 'query', required: required.includes(name), schema })
    }
  }
  for (const [name, description] of Object.entries(operation.headers ?? {})) {
    parameters.push({
      name,
      in: 'header',
      required: operation.path.endsWith('/if-graph-commit'),
      description,
      schema: HEADER_SCHEMAS[name] ?? { type: 'string' },
    })
  }
  return parameters
}

/** What a header must look like to be taken at all. */
const HEADER_SCHEMAS: Readonly<Record<string, JsonObject>> = {
  'Groundplane-If-Graph-Commit': { type: 'string', minLength: 1 },
  'Last-Event-ID': { type: 'string', pattern: '^[0-9]{0,15}$' },
}

function bodyOf(operation: Operation, components: JsonObject): JsonObject {
  if (operation.bodyStream) {
    return {
      requestBody: { required: true, content: { [operation.bodyStream]: { schema: { type: 'string' } } } },
    }
  }
  if (!operation.body) return {}
  const body = hoist(operation.body, 'input', components)
  const schema = operation.bodyOptional ? { anyOf: [body, { type: 'null' }] } : body
  return { requestBody: { required: !operation.bodyOptional, content: { 'application/json': { schema } } } }
}
