import { datasetUrn } from '../urn/entity-urns.js'
import type { Urn } from '../urn/urn.js'

/** A dataset as OpenLineage names it. */
export interface DatasetName {
  readonly namespace: string
  readonly name: string
}

/** Schemes whose platform DataHub calls otherwise. */
const PLATFORMS: Readonly<Record<string, string>> = {
  awsathena: 'athena',
  sqlserver: 'mssql',
  postgresql: 'postgres',
}

/** Stores of files: there the place is a part of the name. */
const FILE_STORES: Readonly<Record<string, string>> = {
  s3: 's3',
  s3a: 's3',
  s3n: 's3',
  gs: 'gcs',
  gcs: 'gcs',
  abfs: 'abs',
  abfss: 'abs',
  wasb: 'abs',
  wasbs: 'abs',
  dbfs: 'dbfs',
  file: 'file',
}

const GLUE = /^(?:arn:)?aws:glue:/

/**
 * The URN of a dataset, by the rules of DataHub's own converter (its `OpenLineageToDataHub`): the
 * scheme of the namespace is the platform, a namespace without one is the platform itself, and of
 * files the name is the path with its bucket.
 */
export function datasetUrnOf({ namespace, name }: DatasetName): Urn {
  if (GLUE.test(namespace)) return datasetUrn('glue', tableName(name))
  const at = namespace.indexOf('://')
  if (at <= 0) return datasetUrn(namespace, name)
  const scheme = namespace.slice(0, at)
  const store = Object.hasOwn(FILE_STORES, scheme) ? FILE_STORES[scheme] : undefined
  if (store === undefined)
    return datasetUrn(Object.hasOwn(PLATFORMS, scheme) ? (PLATFORMS[scheme] as string) : scheme, name)
  const place = namespace.slice(at + 3)
  const path = place === '' || place.endsWith('/') || name.startsWith('/') ? place + name : `${place}/${name}`
  const trimmed = path.replace(/\/+$/, '')
  return datasetUrn(store, (store === 'file' ? trimmed : trimmed.replace(/^\//, '')) || path)
}

/**
 * The URN of a dataset with symbolic links: that of the last link which is a table, in Glue where the
 * link leads there, else in Hive.
 */
export function linkedUrnOf(dataset: DatasetName, links: readonly Link[]): Urn {
  const table = lastTable(links)
  if (!table) return datasetUrnOf(dataset)
  return datasetUrn(GLUE.test(table.namespace) ? 'glue' : 'hive', tableName(table.name))
}

type Link = DatasetName & { readonly type: string }

export function lastTable(links: readonly Link[]): Link | undefined {
  return links.filter(({ type }) => type === 'TABLE').at(-1)
}

/** `table/db/orders` → `db.orders` */
function tableName(name: string): string {
  return name.startsWith('table/') ? name.slice('table/'.length).replaceAll('/', '.') : name
}
