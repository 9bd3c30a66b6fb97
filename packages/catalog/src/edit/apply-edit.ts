import type { Transaction } from '@groundplane/graph'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { parseUrn } from '../urn/urn.js'
import { type Aspect, AspectChanges, type Editor, itemsOf, stamp } from './aspect-changes.js'
import type { CatalogEdit } from './catalog-edit.js'
import { editProperties } from './edit-properties.js'
import { distinct, type Target, targetsOf } from './edit-targets.js'
import { invalid, requireEntity } from './required-entity.js'

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
    if (edit.op === 'remove') refuseStatedBySource(changes, target, edit.kind, labels)
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

function editOwners(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'owners' }>,
  editor: Editor,
): void {
  const owners = distinct(edit.owners)
  for (const owner of owners) requireEntity(tx, owner, ['corpuser', 'corpGroup'])
  const type = edit.type?.trim()
  for (const { urn } of targetsOf(tx, edit)) {
    const value = changes.of(urn, 'ownership')
    const have = itemsOf(value, 'owners')
    const isMeant = (item: Aspect) =>
      owners.includes(String(item['owner'])) && (type === undefined || item['type'] === type)
    const given = type ?? 'TECHNICAL_OWNER'
    const added = owners.filter((o) => !have.some((item) => item['owner'] === o && item['type'] === given))
    value['owners'] =
      edit.op === 'remove'
        ? have.filter((item) => !isMeant(item))
        : [...have, ...added.map((owner) => ({ owner, type: given }))]
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

/** Where the description of an entity is. */
const DESCRIPTIONS: Readonly<Record<string, readonly [aspect: string, member: string]>> = {
  dataset: ['datasetProperties', 'description'],
  container: ['containerProperties', 'description'],
  domain: ['domainProperties', 'description'],
  tag: ['tagProperties', 'description'],
  glossaryTerm: ['glossaryTermInfo', 'definition'],
  corpGroup: ['corpGroupInfo', 'description'],
}

function editDescription(
  tx: Transaction,
  changes: AspectChanges,
  edit: Extract<CatalogEdit, { kind: 'description' }>,
): void {
  const column = edit.column === undefined ? undefined : [edit.column]
  const [target] = targetsOf(tx, { entities: [edit.entity], ...(column && { columns: column }) }) as [Target]
  const text = edit.text ?? ''
  if (edit.op !== 'remove' && text.trim() === '')
    throw invalid('The description is empty.', 'Give `description`, or the operation remove.')
  const [holder, member] = describedIn(changes, target)
  const before = typeof holder[member] === 'string' ? (holder[member] as string) : ''
  if (edit.op === 'remove') delete holder[member]
  else holder[member] = edit.op === 'append' && before !== '' ? `${before}\n${text}` : text
}

function describedIn(changes: AspectChanges, target: Target): [holder: Aspect, member: string] {
  if (target.dataset !== undefined && target.column !== undefined) {
    const fields = itemsOf(changes.of(target.dataset, 'schemaMetadata'), 'fields')
    return [fields.find((f) => f['fieldPath'] === target.column) as Aspect, 'description']
  }
  const { entityType } = parseUrn(target.urn)
  const place = Object.hasOwn(DESCRIPTIONS, entityType) ? DESCRIPTIONS[entityType] : undefined
  if (!place)
    throw invalid(
      `The description of a ${entityType} cannot be changed.`,
      `Describe one of ${Object.keys(DESCRIPTIONS).join(', ')}.`,
    )
  return [changes.of(target.urn, place[0]), place[1]]
}
