/** Reading the dataset URNs the catalog speaks: `urn:li:dataset:(urn:li:dataPlatform:<platform>,<instance>.<database>.<table>,<env>)`. */

export interface DatasetRef {
  /** The table or view, e.g. `olist_customers`. */
  table: string
  /** The platform instance, when the URN names one. */
  instance?: string
  platform?: string
}

const DATASET = /^urn:li:dataset:\(urn:li:dataPlatform:([^,]+),(.+),[A-Za-z]+\)$/

/** Splits a dataset URN into what people call it. A text that is no dataset URN is taken as the table's name. */
export function parseDatasetUrn(text: string): DatasetRef {
  const match = DATASET.exec(text)
  if (!match) return { table: text }
  const [, platform = '', path = ''] = match
  const parts = path.split('.')
  const table = parts[parts.length - 1] ?? path
  const instance = parts.length > 2 ? parts[0] : undefined
  return instance === undefined ? { table, platform } : { table, platform, instance }
}

/** The table's name of a URN or of a bare name. */
export function tableName(text: string): string {
  return parseDatasetUrn(text).table
}
