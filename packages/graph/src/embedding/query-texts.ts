import type {
  CheckedQuery,
  Expression,
  SchemaModel,
  SearchCall,
  WriteQuery,
  WriteStatement,
} from '@groundplane/lang'
import { type EmbeddedTexts, embeddingKey } from '../search/search-run.js'
import { type EmbeddedProperty, embeddedProperties } from './embedded-properties.js'
import { type EmbeddingProvider, isEmbeddable } from './provider.js'

/** A text that a query needs a vector of, and the property it is for. */
export interface NeededVector {
  readonly type: string
  readonly property: string
  readonly dimensions: number
  readonly text: string
}

type Params = Readonly<Record<string, unknown>>

/** Of a read: the texts given to `nearest`. Of a write: the sources of `@embed` vectors it does not set itself. */
export function neededVectors(query: CheckedQuery, schema: SchemaModel, params: Params): NeededVector[] {
  if (query.kind === 'write') return query.statements.flatMap((s) => ofStatement(s, schema, params))
  const types = new Map(query.variables.map((v) => [v.name, v.type]))
  const needed: NeededVector[] = []
  eachNearest(query, ({ args }) => {
    const [field, asked] = args as [Expression, Expression]
    if (field.kind !== 'property' || field.type.kind !== 'vector' || asked.kind === 'property') return
    const text = constantText(asked, params)
    if (
      text === undefined ||
      (asked.kind !== 'literal' && asked.kind !== 'param') ||
      asked.type.kind === 'vector'
    )
      return
    const type = types.get(field.variable) as string
    needed.push({ type, property: field.property, dimensions: field.type.dimensions, text })
  })
  return needed
}

function constantText(value: Expression, params: Params): string | undefined {
  const given =
    value.kind === 'literal'
      ? value.value
      : value.kind === 'param' && Object.hasOwn(params, value.name)
        ? params[value.name]
        : undefined
  return isEmbeddable(given) ? given : undefined
}

function eachNearest(node: unknown, visit: (call: SearchCall) => void): void {
  if (Array.isArray(node)) for (const item of node) eachNearest(item, visit)
  else if (node !== null && typeof node === 'object') {
    if ((node as { func?: unknown }).func === 'nearest') visit(node as SearchCall)
    for (const member of Object.values(node)) eachNearest(member, visit)
  }
}

function ofStatement(statement: WriteStatement, schema: SchemaModel, params: Params): NeededVector[] {
  return vectorsToFill(statement, schema).flatMap(({ embedded, source }) => {
    const text = constantText(source, params)
    const { type, property, dimensions } = embedded
    return text === undefined ? [] : [{ type, property, dimensions, text }]
  })
}

/** `@embed` vectors a statement leaves out while it gives their source. */
export function vectorsToFill(
  statement: WriteStatement,
  schema: SchemaModel,
): { readonly embedded: EmbeddedProperty; readonly source: Expression }[] {
  const isNode =
    statement.kind === 'insert-node' || (statement.kind === 'update' && statement.entity === 'node')
  const type = isNode ? schema.nodes.find((n) => n.name === statement.type) : undefined
  if (!type || !('assignments' in statement)) return []
  const given = new Map(statement.assignments.map((a) => [a.property, a.value]))
  return embeddedProperties(type).flatMap((embedded) => {
    const source = given.get(embedded.source)
    return source && !given.has(embedded.property) ? [{ embedded, source }] : []
  })
}

export function isWrite(query: CheckedQuery): query is WriteQuery {
  return query.kind === 'write'
}

/** Embeds each different text once per size. */
export async function embedNeeded(
  provider: EmbeddingProvider,
  needed: readonly NeededVector[],
  purpose: 'query' | 'document',
  signal?: AbortSignal,
): Promise<EmbeddedTexts> {
  const vectors: Record<string, readonly number[]> = Object.create(null)
  for (const dimensions of new Set(needed.map((n) => n.dimensions))) {
    const texts = [...new Set(needed.filter((n) => n.dimensions === dimensions).map((n) => n.text))]
    const made = await provider.embed(texts, { dimensions, purpose, ...(signal && { signal }) })
    texts.forEach((text, i) => {
      vectors[embeddingKey(dimensions, text)] = Array.from(made[i] as Float32Array)
    })
  }
  return { model: provider.model, vectors }
}
