import type { BoundSchema, BoundType } from '../storage/bound-schema.js'
import { isIdColumn } from '../storage/id-column.js'
import type { UsedIndex } from './explanation.js'

/** From the tables, indexes and columns of the file back to what the schema calls them. */
export class SchemaNames {
  readonly #byTable = new Map<string, BoundType>()
  readonly #textIndexes: ReadonlyMap<number, { readonly table: string; readonly column: string }>

  /** `textIndexes`: table and column of each full-text index by its number. */
  constructor(
    schema: BoundSchema,
    textIndexes: ReadonlyMap<number, { readonly table: string; readonly column: string }>,
  ) {
    for (const type of schema.byTid.values()) this.#byTable.set(type.table, type)
    this.#textIndexes = textIndexes
  }

  typeOfTable(table: string): BoundType | undefined {
    return this.#byTable.get(table)
  }

  /** What stands behind an index of storage/format.ts: `ix:<table>:<columns>:hot|cold`. */
  index(name: string): UsedIndex | null {
    const [, table, columns] = /^ix:([^:]+):([^:]+):(?:hot|cold)$/.exec(name) ?? []
    const type = table === undefined ? undefined : this.#byTable.get(table)
    if (!type || columns === undefined) return null
    return describeIndex(type, columns.split('+'))
  }

  /** The property that a full-text table (`text_3`, `text_3_docs`) is about. */
  fullText(table: string): UsedIndex | null {
    const [, ix] = /^text_(\d+)(?:_docs|_terms)?$/.exec(table) ?? []
    const at = ix === undefined ? undefined : this.#textIndexes.get(Number(ix))
    const type = at && this.#byTable.get(at.table)
    const property = type?.properties.find((p) => p.column === at?.column)
    return type && property ? { kind: 'full-text', type: type.name, properties: [property.name] } : null
  }

  /** Columns as their properties; those of the version bookkeeping are left out. */
  propertiesOf(type: BoundType, columns: readonly string[]): string[] {
    return columns.flatMap((column) => propertyOf(type, column))
  }
}

function describeIndex(type: BoundType, columns: readonly string[]): UsedIndex {
  const [first] = columns
  const of = (kind: UsedIndex['kind'], properties: readonly string[]): UsedIndex => ({
    kind,
    type: type.name,
    properties,
  })
  if (first === 'eid') return of('entity', [])
  if (first === 'id') {
    const key = type.kind === 'node' ? type.model.key : []
    return key.length > 0 ? of('key', key) : of('id', ['id'])
  }
  const properties = columns.flatMap((column) => propertyOf(type, column))
  const isEnds = type.kind === 'edge' && columns.every((c) => c === 'src' || c === 'dst')
  if (isEnds) return of('edge-ends', properties)
  const same = (tuple: readonly string[]): boolean => tuple.join('+') === properties.join('+')
  if (type.kind === 'node' && same(type.model.key)) return of('key', properties)
  return of(type.model.unique.some(same) ? 'unique' : 'index', properties)
}

function propertyOf(type: BoundType, column: string): string[] {
  if (type.kind === 'edge' && column === 'src') return ['from']
  if (type.kind === 'edge' && column === 'dst') return ['to']
  if (column === 'id') {
    const key = type.kind === 'node' ? type.model.key : []
    return key.length === 1 && isIdColumn(type.model, key[0] as string) ? [...key] : ['id']
  }
  const property = type.properties.find((p) => p.column === column)
  return property ? [property.name] : []
}
