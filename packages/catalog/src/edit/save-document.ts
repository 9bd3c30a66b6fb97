import type { Transaction } from '@groundplane/graph'
import type { Json, JsonObject } from '../aspect/proposal.js'
import { Ingestion } from '../ingest/ingest.js'
import { CatalogError } from '../model/error.js'
import type { QuerySet } from '../model/queries.js'
import { printUrn } from '../urn/urn.js'
import { requireEntity } from './required-entity.js'

export interface SaveDocument {
  readonly document_type: string
  readonly title: string
  readonly content: string
  /** The document to change; a new one when absent. */
  readonly urn?: string
  /** URNs of tags. */
  readonly topics?: readonly string[]
  readonly related_documents?: readonly string[]
  readonly related_assets?: readonly string[]
}

export interface DocumentAuthor {
  /** URN of who saves it. */
  readonly actor: string
  readonly nowMs: number
  readonly nextId: () => string
}

type Aspect = Record<string, Json>

/**
 * Saves a document inside an open transaction and answers its URN. Of one that is there, what is not given stays. All that it
 * names must exist. `CatalogError` `entity_not_found`, `argument_invalid`, `stated_by_source` for a document that a source brings.
 */
export function saveDocument(
  tx: Transaction,
  queries: QuerySet,
  document: SaveDocument,
  author: DocumentAuthor,
): string {
  const { topics, related_documents: documents, related_assets: assets } = document
  for (const tag of topics ?? []) requireEntity(tx, tag, ['tag'])
  for (const other of documents ?? []) requireEntity(tx, other, ['document'])
  for (const asset of assets ?? []) requireEntity(tx, asset)
  const urn = document.urn?.trim() ?? printUrn('document', [`shared-${author.nextId()}`])
  const before = document.urn === undefined ? {} : ownDocument(tx, urn)
  const stamp: JsonObject = { time: author.nowMs, actor: author.actor }
  const stated: Aspect = {
    ...before,
    title: document.title,
    contents: { text: document.content },
    ...(assets && { relatedAssets: distinct(assets).map((asset) => ({ asset })) }),
    ...(documents && { relatedDocuments: distinct(documents).map((other) => ({ document: other })) }),
  }
  const info: Aspect = {
    customProperties: {},
    source: { sourceType: 'NATIVE' },
    status: { state: 'PUBLISHED' },
    created: stamp,
    ...stated,
    lastModified:
      JSON.stringify(stated) === JSON.stringify(before) ? (before['lastModified'] ?? stamp) : stamp,
  }
  write(tx, queries, urn, {
    documentInfo: info,
    subTypes: { typeNames: [document.document_type] },
    ...(topics && { globalTags: { tags: distinct(topics).map((tag) => ({ tag })) } }),
  })
  return urn
}

function ownDocument(tx: Transaction, urn: string): Aspect {
  requireEntity(tx, urn, ['document'])
  const text = tx.node('Aspect', JSON.stringify([urn, 'documentInfo']))?.data['text']
  const info = typeof text === 'string' ? (JSON.parse(text) as Aspect) : {}
  if ((info['source'] as Aspect | undefined)?.['sourceType'] !== 'EXTERNAL') return info
  throw new CatalogError('conflict', 'stated_by_source', `${urn} is brought by a source.`, {
    remedy: 'Change it where it is kept, or save a document of your own.',
    details: { urn },
  })
}

function write(
  tx: Transaction,
  queries: QuerySet,
  urn: string,
  aspects: Readonly<Record<string, JsonObject>>,
): void {
  const ingestion = new Ingestion(tx, queries)
  for (const [aspectName, aspect] of Object.entries(aspects)) {
    const effect = ingestion.add({ entityUrn: urn, aspectName, aspect })
    if (typeof effect !== 'string')
      throw new CatalogError('invalid', effect.code, effect.message, { remedy: effect.remedy })
  }
  ingestion.finish()
}

function distinct(urns: readonly string[]): string[] {
  return [...new Set(urns.map((urn) => urn.trim()))]
}
