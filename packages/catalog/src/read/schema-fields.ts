import { compact, number, type Row, text } from '../aspect/row.js'
import type { SchemaField, SchemaFieldsAnswer } from './answers.js'
import { clampInteger } from './argument.js'
import { removedStatus, requireDataset } from './entity-lookup.js'
import type { SchemaFieldsQuestion } from './questions.js'
import { questionWords, words } from './search/words.js'
import type { Snapshot } from './snapshot.js'

/** All columns of a dataset in schema order; no columns for a dataset without a schema. */
export function readSchemaFields(snapshot: Snapshot, urn: string): SchemaField[] {
  const tags = labelsByField(snapshot.rows('field_tags', { urn }))
  const terms = labelsByField(snapshot.rows('field_terms', { urn }))
  return snapshot.rows('fields_of', { urn }).map((row) => {
    const field = row['field'] as Row
    const fieldUrn = String(field['urn'])
    return compact({
      urn: fieldUrn,
      fieldPath: String(field['path']),
      type: text(field['logicalType']),
      nativeDataType: text(field['nativeType']),
      nullable: field['nullable'] === null ? undefined : field['nullable'] === true,
      isPartOfKey: field['partOfKey'] === true ? true : undefined,
      description: text(field['description']),
      label: text(field['label']),
      tags: tags.get(fieldUrn),
      glossaryTerms: terms.get(fieldUrn),
      nullCount: number(field['nullCount']),
      uniqueCount: number(field['uniqueCount']),
    } as SchemaField)
  })
}

/** URNs of the tags and terms on a column, whoever put them there, sorted. */
export interface ColumnLabels {
  readonly tags: readonly string[]
  readonly terms: readonly string[]
}

/** The columns of a dataset that have labels, by their URNs; none for what is no dataset. */
export function columnLabels(snapshot: Snapshot, urn: string): ReadonlyMap<string, ColumnLabels> {
  const tags = labelsByField(snapshot.rows('field_tags', { urn }))
  const terms = labelsByField(snapshot.rows('field_terms', { urn }))
  return new Map(
    [...new Set([...tags.keys(), ...terms.keys()])].map((field) => [
      field,
      { tags: tags.get(field) ?? [], terms: terms.get(field) ?? [] },
    ]),
  )
}

function labelsByField(rows: readonly Row[]): Map<string, string[]> {
  const labels = new Map<string, string[]>()
  for (const row of rows) {
    const field = String(row['field'])
    const known = labels.get(field) ?? []
    const label = String(row['urn'])
    if (!known.includes(label)) known.push(label)
    labels.set(field, known)
  }
  for (const known of labels.values()) known.sort()
  return labels
}

/**
 * With keywords: matching fields first, most and best matches first. Otherwise, and
 * among equals: keys, then described, then tagged, then by path.
 */
export function listSchemaFields(snapshot: Snapshot, question: SchemaFieldsQuestion): SchemaFieldsAnswer {
  const urn = question.urn.trim()
  const node = requireDataset(snapshot, urn)
  const limit = clampInteger('limit', question.limit, { default: 100, min: 1, max: 10_000 })
  const offset = clampInteger('offset', question.offset, { default: 0, min: 0, max: Number.MAX_SAFE_INTEGER })
  const keywords = keywordList(question.keywords)
  const ranked = readSchemaFields(snapshot, urn)
    .map((field) => ({ field, score: keywordScore(field, keywords) }))
    .sort((a, b) => b.score - a.score || byImportance(a.field, b.field))
  const fields = ranked.slice(offset, offset + limit).map((r) => r.field)
  return {
    urn,
    fields,
    totalFields: ranked.length,
    returned: fields.length,
    remainingCount: Math.max(0, ranked.length - offset - fields.length),
    matchingCount: keywords.length > 0 ? ranked.filter((r) => r.score > 0).length : null,
    offset,
    ...removedStatus(node),
    receipt: snapshot.receipt,
  }
}

function keywordList(keywords: string | readonly string[] | undefined): string[] {
  const list = keywords === undefined ? [] : typeof keywords === 'string' ? [keywords] : keywords
  return list.filter((k) => k.trim() !== '')
}

/** Exact path 8, all words in the path 4, path contains it 3, in label, tag or term 2, in the description 1; summed. */
function keywordScore(field: SchemaField, keywords: readonly string[]): number {
  const path = field.fieldPath.toLowerCase()
  const inPath = new Set(words(field.fieldPath))
  const labels = new Set(
    words([field.label ?? '', ...(field.tags ?? []), ...(field.glossaryTerms ?? [])].join(' ')),
  )
  const about = new Set(words(field.description ?? ''))
  let score = 0
  for (const keyword of keywords) {
    const asked = questionWords(keyword).map((w) => w.stem)
    const all = (have: ReadonlySet<string>) => asked.length > 0 && asked.every((w) => have.has(w))
    if (path === keyword.toLowerCase()) score += 8
    else if (all(inPath)) score += 4
    else if (path.includes(keyword.toLowerCase().replace(/\s+/g, '_'))) score += 3
    else if (all(labels)) score += 2
    else if (all(about)) score += 1
  }
  return score
}

/** Keys, then described, then tagged, then by path: what is kept of a schema that is too large to show. */
export function byImportance(a: SchemaField, b: SchemaField): number {
  return priority(a) - priority(b) || comparePaths(a, b)
}

function priority(field: SchemaField): number {
  return field.isPartOfKey ? 0 : field.description ? 1 : field.tags || field.glossaryTerms ? 2 : 3
}

function comparePaths(a: SchemaField, b: SchemaField): number {
  return a.fieldPath < b.fieldPath ? -1 : a.fieldPath > b.fieldPath ? 1 : 0
}
