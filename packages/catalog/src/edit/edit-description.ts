import type { Transaction } from '@groundplane/graph'
import { parseUrn } from '../urn/urn.js'
import { type Aspect, type AspectChanges, itemsOf } from './aspect-changes.js'
import type { CatalogEdit } from './catalog-edit.js'
import { type Target, targetsOf } from './edit-targets.js'
import { editedColumn } from './edited-column.js'
import { invalid } from './required-entity.js'

/** Where the description of an entity is, and the aspect where DataHub's own clients keep one that people gave. */
const DESCRIPTIONS: Readonly<
  Record<string, { readonly aspect: string; readonly member: string; readonly edited?: string }>
> = {
  dataset: { aspect: 'datasetProperties', member: 'description', edited: 'editableDatasetProperties' },
  container: { aspect: 'containerProperties', member: 'description', edited: 'editableContainerProperties' },
  domain: { aspect: 'domainProperties', member: 'description' },
  tag: { aspect: 'tagProperties', member: 'description' },
  glossaryTerm: { aspect: 'glossaryTermInfo', member: 'definition' },
  corpGroup: { aspect: 'corpGroupInfo', member: 'description' },
}

/** A member of an aspect, or of an object in one. */
interface Place {
  readonly holder: Aspect
  readonly member: string
}

/**
 * Changes the description of an entity or a column. Where one of DataHub's clients has described it as well, that
 * description is changed with it: to those clients it hides the other.
 */
export function editDescription(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'description' }>,
): void {
  const column = edit.column === undefined ? undefined : [edit.column]
  const [target] = targetsOf(tx, { entities: [edit.entity], ...(column && { columns: column }) }) as [Target]
  const text = edit.text ?? ''
  if (edit.op !== 'remove' && text.trim() === '')
    throw invalid('The description is empty.', 'Give `description`, or the operation remove.')
  for (const { holder, member } of placesOf(changes, target)) {
    const before = textIn({ holder, member })
    if (edit.op === 'remove') delete holder[member]
    else holder[member] = edit.op === 'append' && before !== '' ? `${before}\n${text}` : text
  }
}

function placesOf(changes: AspectChanges, target: Target): Place[] {
  if (target.dataset !== undefined && target.column !== undefined) {
    const fields = itemsOf(changes.of(target.dataset, 'schemaMetadata'), 'fields')
    const field = fields.find((f) => f['fieldPath'] === target.column) as Aspect
    return [{ holder: field, member: 'description' }, ...describedIn(editedColumn(changes, target))]
  }
  const { entityType } = parseUrn(target.urn)
  const place = Object.hasOwn(DESCRIPTIONS, entityType) ? DESCRIPTIONS[entityType] : undefined
  if (!place)
    throw invalid(
      `The description of a ${entityType} cannot be changed.`,
      `Describe one of ${Object.keys(DESCRIPTIONS).join(', ')}.`,
    )
  const { aspect, member, edited } = place
  return [
    { holder: changes.of(target.urn, aspect), member },
    ...describedIn(edited === undefined ? undefined : changes.of(target.urn, edited)),
  ]
}

/** The description in an object that may have none. */
function describedIn(holder: Aspect | undefined): Place[] {
  const place = holder && { holder, member: 'description' }
  return place && textIn(place) !== '' ? [place] : []
}

function textIn({ holder, member }: Place): string {
  const text = holder[member]
  return typeof text === 'string' ? text : ''
}
