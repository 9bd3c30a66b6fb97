import type { JsonObject } from '../../aspect/proposal.js'
import type { SchemaField } from '../answers.js'
import { byImportance } from '../schema-fields.js'
import {
  ANSWER_TOKENS,
  charactersWithin,
  estimateTokens,
  firstWithin,
  PART_SHARE,
  textTokens,
} from '../token-budget.js'
import { fitItem, within } from './fit-answer.js'
import { fitParts, type Part } from './parts.js'

const part = (at: string, get: string): Part => ({ at, get })

/** What a document of an entity is shown without, the most needed first. */
const DOCUMENT: readonly Part[] = [
  ...['name', 'platform', 'platformInstance', 'subTypes'].map((at) => part(at, 'query')),
  part('health', 'get_dataset_assertions'),
  ...['owners', 'tags', 'glossaryTerms', 'domains', 'containers'].map((at) => part(at, 'query')),
  part('schemaMetadata', 'list_schema_fields'),
  part('properties.*', 'query'),
  ...['structuredProperties', 'relatedAssets', 'relatedDocuments', 'shows', 'shownOn'].map((at) =>
    part(at, 'query'),
  ),
  part('viewProperties', 'query'),
  part('foreignKeys', 'list_schema_fields'),
  part('upstreams', 'get_lineage'),
  part('consumers', 'get_lineage'),
  part('downstreams', 'get_lineage'),
]
/** Names of aspects, or the aspects themselves of an entity that the schema has no type for. */
const ASPECT_NAMES: readonly Part[] = [part('aspects', 'provenance')]
const ASPECTS: readonly Part[] = [part('aspects.*', 'query')]

/** What a column is shown without, in a list of them and in the document of its table. */
export const COLUMN = {
  parts: ['type', 'nativeDataType', 'label', 'tags', 'glossaryTerms', 'description'].map((at) =>
    part(at, 'get_entities'),
  ),
}

/** A document of an entity, or the answer that is one. `CatalogError` `answer_too_large`. */
export function fitEntity<T extends JsonObject>(document: T, tokens = ANSWER_TOKENS): T {
  return within(
    thinned(document, tokens),
    tokens,
    'Its name alone is larger than an answer: read it with query.',
  )
}

function thinned<T extends JsonObject>(document: T, tokens: number): T {
  const aspects = Array.isArray(document['aspects']) ? ASPECT_NAMES : ASPECTS
  return fitParts(withSchemaWithin(document, tokens), [...DOCUMENT, ...aspects], tokens)
}

/** All columns in schema order; of too many (beyond `PART_SHARE` of the answer) the most important, and how many there are. */
function withSchemaWithin<T extends JsonObject>(document: T, tokens: number): T {
  const schema = document['schemaMetadata'] as JsonObject | undefined
  const fields = schema?.['fields'] as readonly SchemaField[] | undefined
  const most = PART_SHARE * tokens
  if (!schema || !fields || estimateTokens(fields) <= most) return document
  const all = [...fields].sort(byImportance).map((field) => fitItem(field, COLUMN, most))
  const included = firstWithin(all, most)
  const schemaMetadata = {
    ...schema,
    fields: included,
    schemaFieldsTruncated: { totalFields: fields.length, includedFields: included.length, offset: 0 },
  }
  return { ...document, schemaMetadata } as unknown as T
}

/**
 * A list of documents in the order asked. Each that does not fit beside those before it stands as
 * `{urn, code: 'answer_full', error}`. `CatalogError` `answer_too_large` when not even that fits of all.
 */
export function fitEntities(answer: JsonObject, tokens = ANSWER_TOKENS): JsonObject {
  const name = 'result' in answer ? 'result' : 'entities'
  const most = charactersWithin(tokens)
  if (JSON.stringify(answer).length <= most) return answer
  const all = answer[name] as readonly JsonObject[]
  const least = all.map((document) => ('error' in document ? document : leftOut(document, tokens)))
  let spent = JSON.stringify(
    within({ ...answer, [name]: least }, tokens, 'Ask for fewer entities at once.'),
  ).length
  const room = tokens - textTokens(spent)
  const shown = all.map((whole, i) => {
    const document = thinned(whole, room)
    const instead = least[i] as JsonObject
    const more = JSON.stringify(document).length - JSON.stringify(instead).length
    if (spent + more > most) return instead
    spent += more
    return document
  })
  return { ...answer, [name]: shown }
}

function leftOut(document: JsonObject, tokens: number): JsonObject {
  const urn = String(document['urn'])
  const error = `Left out to keep the answer to ${tokens} tokens; ask for it alone.`
  return { urn, code: 'answer_full', error }
}
