/** What entities are called on these pages. Pure. */
import { parseDatasetUrn } from '../text/dataset-urn'

const KINDS: Record<string, string> = {
  DATASET: 'Dataset',
  CORP_USER: 'Person',
  CORP_GROUP: 'Group',
  DATA_FLOW: 'Pipeline',
  DATA_JOB: 'Job',
  ML_MODEL: 'ML model',
}

/** "View", "Table", "Glossary term": the narrowest word there is for what it is. */
export function kindOf(entity: { type: string; subTypes?: readonly string[] | undefined }): string {
  const [subType] = entity.subTypes ?? []
  if (subType) return subType
  const words = entity.type.toLowerCase().replaceAll('_', ' ')
  return KINDS[entity.type] ?? words.charAt(0).toUpperCase() + words.slice(1)
}

/** The name people use: the one it states, else what its URN tells. */
export function nameOf(entity: { urn: string; name?: string; properties?: { name?: unknown } }): string {
  const property = entity.properties?.name
  return entity.name ?? (typeof property === 'string' ? property : nameOfUrn(entity.urn))
}

/** `orders` of a dataset's URN, `pii` of a tag's. */
export function nameOfUrn(urn: string): string {
  const dataset = parseDatasetUrn(urn)
  if (dataset.platform) return dataset.table
  return columnOf(urn)?.path ?? urn.split(':').at(-1) ?? urn
}

/** The dataset and the path of a column, from its URN; null for anything else. */
export function columnOf(urn: string): { dataset: string; path: string } | null {
  const [, dataset, path] = /^urn:li:schemaField:\((.+),([^,]+)\)$/.exec(urn) ?? []
  return dataset && path ? { dataset, path } : null
}

/** Where a dataset lies: `instance.database.schema`, without its own name. Empty for anything else. */
export function pathOf(urn: string): string {
  const match = /^urn:li:dataset:\(urn:li:dataPlatform:[^,]+,(.+),[A-Za-z]+\)$/.exec(urn)
  return match?.[1]?.split('.').slice(0, -1).join('.') ?? ''
}
