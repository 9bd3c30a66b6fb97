import { datasetPartsOf, fieldPartsOf, type UrnParser } from '../urn/entity-urns.js'
import { localName, normalKey } from '../urn/reconcile.js'
import { decodeUrnPart, type ParsedUrn, printUrn, tryParseUrn } from '../urn/urn.js'

/** Node types of the model that stand for URN entities. */
export type EntityNodeType =
  | 'Platform'
  | 'PlatformInstance'
  | 'Container'
  | 'Dataset'
  | 'Field'
  | 'Tag'
  | 'Term'
  | 'StructuredProperty'
  | 'Owner'
  | 'Domain'
  | 'Document'
  | 'Query'
  | 'Consumer'
  | 'Assertion'
  | 'Incident'
  | 'Flow'
  | 'Job'
  | 'Run'
  | 'Agent'

const NODE_TYPES: Readonly<Record<string, EntityNodeType>> = {
  dataPlatform: 'Platform',
  dataPlatformInstance: 'PlatformInstance',
  container: 'Container',
  dataset: 'Dataset',
  schemaField: 'Field',
  tag: 'Tag',
  glossaryTerm: 'Term',
  structuredProperty: 'StructuredProperty',
  corpuser: 'Owner',
  corpGroup: 'Owner',
  domain: 'Domain',
  document: 'Document',
  query: 'Query',
  dashboard: 'Consumer',
  chart: 'Consumer',
  assertion: 'Assertion',
  incident: 'Incident',
  dataFlow: 'Flow',
  dataJob: 'Job',
  dataProcessInstance: 'Run',
  agent: 'Agent',
}

/** The node type that projects an entity type; undefined for kinds kept as aspects only. */
export function nodeTypeOf(entityType: string): EntityNodeType | undefined {
  return Object.hasOwn(NODE_TYPES, entityType) ? NODE_TYPES[entityType] : undefined
}

/** Entity type as DataHub's GraphQL writes it: `schemaField` → `SCHEMA_FIELD`, `corpuser` → `CORP_USER`. */
export function typeLabel(entityType: string): string {
  if (entityType === 'corpuser') return 'CORP_USER'
  return entityType.replace(/[a-z0-9](?=[A-Z])/g, '$&_').toUpperCase()
}

export interface EntityIdentity {
  readonly type: EntityNodeType
  /** Properties that follow from the URN alone: what a mere mention is stored with. */
  readonly data: Readonly<Record<string, string | boolean>>
}

/**
 * Identity of an entity by its URN. Undefined for kinds without a node type; a
 * string says why the URN does not fit its kind.
 */
export function identityOf(urn: string): EntityIdentity | undefined | string {
  const parsed = tryParseUrn(urn)
  return typeof parsed === 'string' ? parsed : identityOfParsed(parsed, tryParseUrn)
}

/** The same; `parse` reads the URNs inside of it. */
export function identityOfParsed(parsed: ParsedUrn, parse: UrnParser): EntityIdentity | undefined | string {
  const { urn } = parsed
  const type = nodeTypeOf(parsed.entityType)
  if (!type) return undefined
  const own = ownIdentity(parsed, type, parse)
  return typeof own === 'string' ? own : { type, data: { urn, ...own } }
}

function ownIdentity(
  parsed: ParsedUrn,
  type: EntityNodeType,
  parse: UrnParser,
): Record<string, string> | string {
  const last = decodeUrnPart(parsed.parts.at(-1) as string)
  switch (type) {
    case 'Dataset': {
      const parts = datasetPartsOf(parsed, parse)
      if (typeof parts === 'string') return parts
      const { platform, name, env } = parts
      return {
        platform,
        fullName: name,
        env,
        name: shortName(name),
        localName: localName(name, null),
        normalKey: normalKey(parts),
      }
    }
    case 'Field': {
      return fieldPartsOf(parsed, parse)
    }
    case 'PlatformInstance':
      if (parsed.parts.length !== 2) return 'a dataPlatformInstance URN has two parts: platform and instance'
      return { name: last, platform: parsed.parts[0] as string }
    case 'Platform':
    case 'Tag':
    case 'Term':
    case 'StructuredProperty':
      return { name: last }
    case 'Owner':
      return { name: last, kind: parsed.entityType === 'corpGroup' ? 'group' : 'user' }
    case 'Consumer':
      if (parsed.parts.length !== 2) return `a ${parsed.entityType} URN has two parts: tool and id`
      return {
        kind: parsed.entityType,
        name: last,
        platform: printUrn('dataPlatform', [parsed.parts[0] as string]),
      }
    case 'Incident':
      return { state: 'ACTIVE' }
    default:
      return {}
  }
}

/** Last part of a dotted name or of a path. */
function shortName(name: string): string {
  const at = name.includes('/') ? name.lastIndexOf('/') : name.lastIndexOf('.')
  return at >= 0 && at < name.length - 1 ? name.slice(at + 1) : name
}
