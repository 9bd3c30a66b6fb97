/** Which columns a text asks for. Pure. */
import type { SchemaField } from './answers'
import { nameOfUrn } from './names'

/** Every word must be in the name, type, description, label, tags or terms of a column. */
export function matchingFields(fields: readonly SchemaField[], text: string): readonly SchemaField[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return fields
  return fields.filter((field) => {
    const said = [
      field.fieldPath,
      field.nativeDataType,
      field.type,
      field.description,
      field.label,
      ...(field.tags ?? []).map(nameOfUrn),
      ...(field.glossaryTerms ?? []).map(nameOfUrn),
      field.isPartOfKey ? 'key' : '',
    ]
      .join('\n')
      .toLowerCase()
    return words.every((word) => said.includes(word))
  })
}
