import { schemaFieldUrn } from '@groundplane/catalog'
import { type Aspect, asAspect, listOf, textOf } from '../aspect.js'
import type { Reader } from '../reader.js'
import { labelled } from './labels.js'

/** The labels of a column by aspect, its list, and the member that has the URN. */
const LABELS = [
  ['globalTags', 'tags', 'tag'],
  ['glossaryTerms', 'terms', 'urn'],
] as const

/**
 * What people said of columns: as DataHub's clients record it with the dataset, and the labels that the catalog's own
 * edits put on the columns themselves, where those clients do not look. Null when nobody said anything.
 */
export function editedSchema(reader: Reader, dataset: string): object | null {
  const recorded = listOf(reader.aspect(dataset, 'editableSchemaMetadata')?.['editableSchemaFieldInfo'])
  const edited = new Map(recorded.map((field) => [textOf(field['fieldPath']), field]))
  const all = reader.catalog.columnLabels(dataset, reader.at)
  for (const stated of listOf(reader.aspect(dataset, 'schemaMetadata')?.['fields'])) {
    const path = textOf(stated['fieldPath'])
    const labels = path === undefined ? undefined : all.get(schemaFieldUrn(dataset, path))
    const field = labels && withLabels(edited.get(path) ?? { fieldPath: path }, labels, stated)
    if (field) edited.set(path, field)
  }
  if (edited.size === 0) return null
  return { editableSchemaFieldInfo: [...edited.values()].map((field) => labelled(reader, field)) }
}

/** The column with the labels that neither it nor the schema has yet; undefined when there are none. */
function withLabels(
  field: Aspect,
  labels: Readonly<Record<'tags' | 'terms', readonly string[]>>,
  stated: Aspect,
): Aspect | undefined {
  const added = LABELS.flatMap(([aspect, list, member]) => {
    const own = listOf(asAspect(field[aspect])?.[list])
    const known = new Set([...own, ...listOf(asAspect(stated[aspect])?.[list])].map((one) => one[member]))
    const more = labels[list].filter((urn) => !known.has(urn)).map((urn) => ({ [member]: urn }))
    return more.length === 0 ? [] : [[aspect, { [list]: [...own, ...more] }] as const]
  })
  return added.length === 0 ? undefined : { ...field, ...Object.fromEntries(added) }
}
