import type { Transaction } from '@groundplane/graph'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { type Aspect, AspectChanges, type Editor, itemsOf, stamp } from './aspect-changes.js'
import type { CatalogEdit } from './catalog-edit.js'
import { editDescription } from './edit-description.js'
import { editProperties } from './edit-properties.js'
import { distinct, type Target, targetsOf } from './edit-targets.js'
import { editedColumn } from './edited-column.js'
import { isOfType, ownerTypeOf } from './owner-type.js'
import { requireEntity } from './required-entity.js'

/**
 * Makes one change inside an open transaction, all or nothing, and answers how many entities and columns
 * it changed. Every entity it names must exist, also a label, an owner or a domain: `entity_not_found`,
 * `column_not_found`.
 */
export function applyEdit(tx: Transaction, queries: QuerySet, edit: CatalogEdit, editor: Editor): number {
  const changes = new AspectChanges(tx)
  switch (edit.kind) {
    case 'tags':
    case 'terms':
      editLabels(tx, changes, edit, editor)
      break
    case 'owners':
      editOwners(tx, changes, edit, editor)
      break
    case 'domains':
      editDomains(tx, changes, edit)
      break
    case 'description':
      editDescription(tx, changes, edit)
      break
    case 'properties':
      editProperties(tx, changes, edit, editor)
      break
  }
  return changes.write(queries)
}

/** Who may be named where. */
const LABELS = {
  tags: { aspect: 'globalTags', list: 'tags', member: 'tag', type: 'tag', inSchema: 'globalTags' },
  terms: {
    aspect: 'glossaryTerms',
    list: 'terms',
    member: 'urn',
    type: 'glossaryTerm',
    inSchema: 'glossaryTerms',
  },
} as const

function editLabels(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'tags' | 'terms' }>,
  editor: Editor,
): void {
  const { aspect, list, member, type } = LABELS[edit.kind]
  const labels = distinct(edit.labels)
  for (const label of labels) requireEntity(tx, label, [type])
  for (const target of targetsOf(tx, edit)) {
    const value = changes.of(target.urn, aspect)
    const have = itemsOf(value, list)
    const kept = have.filter((item) => edit.op === 'add' || !labels.includes(String(item[member])))
    const added = labels.filter((l) => edit.op === 'add' && !have.some((item) => item[member] === l))
    if (edit.op === 'remove') {
      refuseStatedBySource(changes, target, edit.kind, labels)
      removeFromEditedSchema(changes, target, edit.kind, labels)
    }
    value[list] = [...kept, ...added.map((label) => ({ [member]: label }))]
    if (edit.kind === 'terms') value['auditStamp'] = stamp(editor)
  }
}

/** A label inside the schema that a source states would come back with its next harvest. */
function refuseStatedBySource(
  changes: AspectChanges,
  { dataset, column }: Target,
  kind: 'tags' | 'terms',
  labels: readonly string[],
): void {
  if (dataset === undefined || column === undefined) return
  const { list, member, inSchema } = LABELS[kind]
  const fields = itemsOf(changes.stored(dataset, 'schemaMetadata') ?? {}, 'fields')
  const field = fields.find((f) => f['fieldPath'] === column)
  const stated = itemsOf((field?.[inSchema] as Aspect | undefined) ?? {}, list).map((item) =>
    String(item[member]),
  )
  const label = labels.find((l) => stated.includes(l))
  if (label === undefined) return
  throw new CatalogError(
    'conflict',
    'stated_by_source',
    `${label} on the column ${column} is stated by the source of ${dataset}.`,
    { remedy: 'Take it away at the source, and harvest it again.', details: { urn: dataset, column, label } },
  )
}

/** DataHub's clients keep the labels that people give to columns in an aspect of the dataset. */
function removeFromEditedSchema(
  changes: AspectChanges,
  target: Target,
  kind: 'tags' | 'terms',
  labels: readonly string[],
): void {
  const { list, member, inSchema } = LABELS[kind]
  const held = editedColumn(changes, target)?.[inSchema] as Aspect | undefined
  if (held) held[list] = itemsOf(held, list).filter((item) => !labels.includes(String(item[member])))
}

function editOwners(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'owners' }>,
  editor: Editor,
): void {
  const owners = distinct(edit.owners)
  for (const owner of owners) requireEntity(tx, owner, ['corpuser', 'corpGroup'])
  const type = edit.type === undefined ? undefined : ownerTypeOf(changes, edit.type)
  const given = type ?? { type: 'TECHNICAL_OWNER' }
  for (const { urn } of targetsOf(tx, edit)) {
    const value = changes.of(urn, 'ownership')
    const have = itemsOf(value, 'owners')
    const isMeant = (item: Aspect) =>
      owners.includes(String(item['owner'])) && (type === undefined || isOfType(item, type))
    const isThere = (owner: string) => have.some((item) => item['owner'] === owner && isOfType(item, given))
    value['owners'] =
      edit.op === 'remove'
        ? have.filter((item) => !isMeant(item))
        : [...have, ...owners.filter((o) => !isThere(o)).map((owner) => ({ owner, ...given }))]
    value['lastModified'] = stamp(editor)
  }
}

function editDomains(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'domains' }>,
): void {
  const domain = edit.op === 'set' ? (edit.domain ?? '') : undefined
  if (domain !== undefined) requireEntity(tx, domain, ['domain'])
  for (const { urn } of targetsOf(tx, edit))
    changes.of(urn, 'domains')['domains'] = domain === undefined ? [] : [domain.trim()]
}
