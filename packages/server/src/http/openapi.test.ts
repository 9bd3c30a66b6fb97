import { operations } from '@groundplane/protocol'
import { expect, it } from 'vitest'
import { openApiDocument } from './openapi.js'

const document = openApiDocument('1.2.3') as {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>
  components: { schemas: Record<string, unknown>; responses: Record<string, { headers: object }> }
}

it('has one operation for each route of the table, with its path parameters declared', () => {
  const ids: string[] = []
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { operationId, parameters } of Object.values(methods)) {
      ids.push(operationId)
      const declared = parameters.filter((p) => p.in === 'path').map((p) => `{${p.name}}`)
      expect(declared).toEqual(path.match(/\{\w+\}/g) ?? [])
    }
  }
  expect(ids.sort()).toEqual(Object.keys(operations).sort())
})

it('refers only to components it has', () => {
  const text = JSON.stringify(document)
  expect(text).not.toContain('$defs')
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref as string)
  expect(references.length).toBeGreaterThan(10)
  for (const reference of references) {
    const [, kind, name] = /^#\/components\/(\w+)\/(.+)$/.exec(reference) as unknown as [
      string,
      string,
      string,
    ]
    expect(document.components).toHaveProperty([kind, name])
  }
})

/** One operation, to be read by path. */
function operationAt(path: string, method: string) {
  const operation = document.paths[path]?.[method]
  if (!operation) throw new Error(`no ${method} ${path}`)
  // biome-ignore lint/suspicious/noExplicitAny: read by path; what is missing fails the test
  return operation as any
}

it('names every status an operation can answer, and the error body of each', () => {
  const statusesOf = (path: string, method: string) =>
    Object.keys(operationAt(path, method).responses).join(' ')
  expect(statusesOf('/healthz', 'get')).toBe('200 400 431 500 503')
  expect(statusesOf('/graphs/{graph_id}/mutate/if-graph-commit', 'post')).toBe(
    '200 400 401 403 404 408 409 410 412 413 414 415 422 429 431 500 501 503 504',
  )
  // A merge may name the commit of its source.
  expect(statusesOf('/graphs/{graph_id}/branches/merge', 'post')).toContain('410 412 413')
  expect(statusesOf('/schedules/{schedule}/run', 'post')).toBe('202 400 401 403 404 409 414 429 431 500 503')
  expect(statusesOf('/graphs/{graph_id}/blob', 'get')).toContain('206 302 304 400')
  const { responses } = operationAt('/readyz', 'get')
  expect(responses[503]).toEqual({ ...responses[200], description: 'Not ready for traffic' })
  for (const failure of Object.values(document.components.responses)) {
    expect(JSON.stringify(failure)).toContain('#/components/schemas/ErrorResponse')
    expect(failure.headers).toHaveProperty('x-request-id')
  }
})

it('lets an optional body be null, as clients of the reference send it', () => {
  const { requestBody } = operationAt('/graphs/{graph_id}/export', 'post')
  expect(requestBody.content['application/json'].schema.anyOf).toContainEqual({ type: 'null' })
})
