import { type Aspect, type AspectChanges, itemsOf } from './aspect-changes.js'
import type { Target } from './edit-targets.js'

/** What `editableSchemaMetadata`, where DataHub's own clients keep what people say of columns, has of a column. */
export function editedColumn(changes: AspectChanges, { dataset, column }: Target): Aspect | undefined {
  if (dataset === undefined || column === undefined) return undefined
  const fields = itemsOf(changes.of(dataset, 'editableSchemaMetadata'), 'editableSchemaFieldInfo')
  return fields.find((field) => field['fieldPath'] === column)
}
