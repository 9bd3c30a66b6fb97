import type { Transaction } from '@groundplane/graph'
import type { Json, JsonObject } from '../aspect/proposal.js'
import { compact } from '../aspect/row.js'
import { Ingestion } from '../ingest/ingest.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { schemaFieldUrn } from '../urn/entity-urns.js'
import { parseUrn } from '../urn/urn.js'
import type { CatalogEdit } from './catalog-edit.js'
import { invalid, requireEntity } from './required-entity.js'

export interface Editor {
  /** URN of who makes the change. */
  readonly actor: string
  readonly nowMs: number
}

type Aspect = Record<string, Json>

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
  }
  return changes.write(queries)
}

/** Aspects of a change, each read once, changed in place and written once. */
class AspectChanges {
  readonly #tx: Transaction
  readonly #aspects = new Map<
    string,
    { readonly urn: string; readonly name: string; readonly value: Aspect }
  >()

  constructor(tx: Transaction) {
    this.#tx = tx
  }

  stored(urn: string, name: string): Aspect | undefined {
    const text = this.#tx.node('Aspect', JSON.stringify([urn, name]))?.data['text']
    return typeof text === 'string' ? (JSON.parse(text) as Aspect) : undefined
  }

  /** The aspect as it is to be; empty when there is none. */
  of(urn: string, name: string): Aspect {
    const id = JSON.stringify([urn, name])
    const known = this.#aspects.get(id) ?? { urn, name, value: this.stored(urn, name) ?? {} }
    this.#aspects.set(id, known)
    return known.value
  }

  /** How many entities and columns differ from what was stored. */
  write(queries: QuerySet): number {
    const ingestion = new Ingestion(this.#tx, queries)
    let changed = 0
    for (const { urn, name, value } of this.#aspects.values()) {
      if (said(this.stored(urn, name) ?? {}) === said(value)) continue
      const effect = ingestion.add({ entityUrn: urn, aspectName: name, aspect: value })
      if (typeof effect !== 'string')
        throw new CatalogError('invalid', effect.code, effect.message, { remedy: effect.remedy })
      changed++
    }
    ingestion.finish()
    return changed
  }
}

/** What an aspect says: not who said it when, and an empty list says nothing. */
function said({ lastModified: _m, auditStamp: _a, ...aspect }: Aspect): string {
  return JSON.stringify(compact(aspect))
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

interface Target {
  /** Of the entity, or of the column. */
  readonly urn: string
  readonly dataset?: string
  readonly column?: string
}

function targetsOf(
  tx: Transaction,
  {
    entities,
    columns,
  }: { readonly entities: readonly string[]; readonly columns?: readonly (string | null)[] },
): Target[] {
  if (entities.length === 0) throw invalid('No entity is named.', 'Give the URNs of the entities.')
  if (columns !== undefined && columns.length !== entities.length)
    throw invalid(
      `There are ${columns.length} column_paths for ${entities.length} entities.`,
      'Give one for each, null for the entity itself.',
    )
  return entities.map((raw, i) => {
    const urn = raw.trim()
    requireEntity(tx, urn)
    const column = columns?.[i]?.trim()
    if (column === undefined || column === '' || column === 'null') return { urn }
    const field = schemaFieldUrn(urn, column)
    if (tx.node('Field', field)?.data['described'] === true) return { urn: field, dataset: urn, column }
    throw new CatalogError('not-found', 'column_not_found', `Entity ${urn} has no column "${column}".`, {
      remedy: 'List its columns with list_schema_fields; names are case-sensitive.',
      details: { urn, column },
    })
  })
}

function itemsOf(value: Aspect, member: string): Aspect[] {
  const list = value[member]
  return Array.isArray(list) ? (list as Aspect[]) : []
}

function distinct(urns: readonly string[]): string[] {
  const all = [...new Set(urns.map((urn) => urn.trim()))]
  if (all.length === 0) throw invalid('Nothing to add or remove is named.', 'Give at least one URN.')
  return all
}

function stamp({ actor, nowMs }: Editor): JsonObject {
  return { time: nowMs, actor }
}
