import { CatalogError } from '../model/error.js'
import {
  decodeUrnPart,
  encodeUrnPart,
  type ParsedUrn,
  parseUrn,
  printUrn,
  tryParseUrn,
  type Urn,
} from './urn.js'

export interface DatasetUrnParts {
  /** `urn:li:dataPlatform:sqlite` */
  readonly platform: Urn
  /** `sqlite` */
  readonly platformName: string
  /** `[instance.]name`, decoded. */
  readonly name: string
  /** `PROD` */
  readonly env: string
}

export function platformUrn(name: string): Urn {
  return printUrn('dataPlatform', [encodeUrnPart(name)])
}

/** `urn:li:dataPlatformInstance:(urn:li:dataPlatform:sqlite,olist_source)` */
export function platformInstanceUrn(platformName: string, instance: string): Urn {
  return printUrn('dataPlatformInstance', [platformUrn(platformName), encodeUrnPart(instance)])
}

/** `urn:li:dataset:(urn:li:dataPlatform:<platform>,<name>,<env>)` */
export function datasetUrn(platformName: string, name: string, env = 'PROD'): Urn {
  return printUrn('dataset', [platformUrn(platformName), encodeUrnPart(name), env])
}

/** The dataset of a SQLite table or view: `<instance>.main.<table>`. */
export function sqliteDatasetUrn(instance: string, table: string, env = 'PROD'): Urn {
  return datasetUrn('sqlite', `${instance}.main.${table}`, env)
}

export function schemaFieldUrn(dataset: string, fieldPath: string): Urn {
  return printUrn('schemaField', [dataset, encodeUrnPart(fieldPath)])
}

/** `tryParseUrn`, or one that remembers what it has parsed. */
export type UrnParser = (text: string) => ParsedUrn | string

/** The parts of a dataset URN, or the reason it is none. */
export function tryDatasetParts(urn: string): DatasetUrnParts | string {
  const parsed = tryParseUrn(urn)
  return typeof parsed === 'string' ? parsed : datasetPartsOf(parsed, tryParseUrn)
}

export function datasetPartsOf(parsed: ParsedUrn, parse: UrnParser): DatasetUrnParts | string {
  if (parsed.entityType !== 'dataset' || parsed.parts.length !== 3)
    return 'a dataset URN has three parts: platform, name and environment'
  const platform = parse(parsed.parts[0] as string)
  if (typeof platform === 'string' || platform.entityType !== 'dataPlatform')
    return 'the first part of a dataset URN is the URN of its platform'
  return {
    platform: platform.urn,
    platformName: decodeUrnPart(platform.parts[0] as string),
    name: decodeUrnPart(parsed.parts[1] as string),
    env: parsed.parts[2] as string,
  }
}

export function datasetParts(urn: string): DatasetUrnParts {
  const parts = tryDatasetParts(urn)
  if (typeof parts !== 'string') return parts
  throw new CatalogError('invalid', 'urn_invalid', `"${urn}" is not a dataset URN: ${parts}`, {
    remedy: 'Write it like urn:li:dataset:(urn:li:dataPlatform:sqlite,shop.main.orders,PROD).',
  })
}

/** Dataset URN and decoded field path of a schemaField URN, or the reason it is none. */
export function tryFieldParts(urn: string): { dataset: Urn; path: string } | string {
  const parsed = tryParseUrn(urn)
  return typeof parsed === 'string' ? parsed : fieldPartsOf(parsed, tryParseUrn)
}

export function fieldPartsOf(parsed: ParsedUrn, parse: UrnParser): { dataset: Urn; path: string } | string {
  if (parsed.entityType !== 'schemaField' || parsed.parts.length !== 2)
    return 'a schemaField URN has two parts: dataset and field path'
  const parent = parse(parsed.parts[0] as string)
  if (typeof parent === 'string') return `its first part is not a URN: ${parent}`
  return { dataset: parent.urn, path: decodeUrnPart(parsed.parts[1] as string) }
}

/** Last readable part of a URN, for entities nobody described: `urn:li:tag:pii` → `pii`. */
export function urnName(urn: string): string {
  const parsed: ParsedUrn = parseUrn(urn)
  if (parsed.entityType === 'dataset' && parsed.parts.length === 3)
    return decodeUrnPart(parsed.parts[1] as string)
  return decodeUrnPart(parsed.parts.at(-1) as string)
}
