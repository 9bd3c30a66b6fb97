import { operations } from '@groundplane/protocol'
import { expect, it } from 'vitest'
import { openApiDocument } from './openapi.js'

const document = openApiDocument('1.2.3') as {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>
  components: { schemas: Record<string, unknown> }
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
    expect(document.components.schemas).toHaveProperty([reference.replace('#/components/schemas/', '')])
  }
})
