import { errorResponse, type Operation, operations } from '@groundplane/protocol'
import { z } from 'zod'

type JsonObject = Record<string, unknown>

/**
 * The OpenAPI 3.1 document of the route table. Made from the schemas that validate
 * the requests; made once, since nothing in it depends on what is served.
 */
export function openApiDocument(version: string): JsonObject {
  const components: JsonObject = {}
  const paths: Record<string, JsonObject> = {}
  const error = hoist(errorResponse, 'output', components)
  for (const [operationId, operation] of Object.entries(operations) as [string, Operation][]) {
    paths[operation.path] ??= {}
    ;(paths[operation.path] as JsonObject)[operation.method.toLowerCase()] = describe(
      operationId,
      operation,
      error,
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
    ],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: components,
    },
  }
}

function describe(
  operationId: string,
  operation: Operation,
  error: JsonObject,
  components: JsonObject,
): JsonObject {
  const failure = { description: 'Refused or failed', content: { 'application/json': { schema: error } } }
  return {
    operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.public && { security: [] }),
    parameters: parametersOf(operation, components),
    ...bodyOf(operation, components),
    responses: {
      [operation.status]: {
        description: 'Done',
        content: operation.response
          ? { 'application/json': { schema: hoist(operation.response, 'output', components) } }
          : { [operation.responseType ?? 'text/plain']: { schema: { type: 'string' } } },
      },
      '4XX': failure,
      '5XX': failure,
    },
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
      schema: { type: 'string' },
    })
  }
  return parameters
}

function bodyOf(operation: Operation, components: JsonObject): JsonObject {
  if (operation.bodyStream) {
    return {
      requestBody: { required: true, content: { [operation.bodyStream]: { schema: { type: 'string' } } } },
    }
  }
  if (!operation.body) return {}
  const schema = hoist(operation.body, 'input', components)
  return { requestBody: { required: !operation.bodyOptional, content: { 'application/json': { schema } } } }
}

/** A schema with its named parts (itself too, when it has a name) moved to `components`. */
function hoist(schema: z.ZodType, io: 'input' | 'output', components: JsonObject): JsonObject {
  const {
    $schema: _,
    $defs = {},
    ...root
  } = z.toJSONSchema(schema, { io }) as JsonObject & { $defs?: JsonObject }
  for (const [name, part] of Object.entries($defs)) components[name] ??= relink(part)
  return relink(root) as JsonObject
}

function relink(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relink)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      key === '$ref' && typeof part === 'string'
        ? [key, part.replace(/^#\/\$defs\//, '#/components/schemas/')]
        : [key, relink(part)],
    ),
  )
}
