import { type ParsedUrn, tryDatasetParts } from '@groundplane/catalog'
import { type Aspect, entriesOf, listOf, mapped, textOf } from '../aspect.js'
import type { Reader } from '../reader.js'
import { tags, terms } from './labels.js'
import { relatedDocuments } from './related-documents.js'
import { relationships } from './relationships.js'
import { structuredProperty } from './structured-property.js'

/** Members that an entity may have whatever its type; the schema says which have which. */
export function entityMembers(reader: Reader, parsed: ParsedUrn): object {
  const { urn } = parsed
  const of = (name: string) => reader.aspect(urn, name)
  return {
    platform: () => reader.ref(platformOf(reader, parsed)),
    ownership: () => mapped(of('ownership'), (aspect) => ownership(reader, aspect)),
    tags: () => tags(reader, of('globalTags')),
    glossaryTerms: () => terms(reader, of('glossaryTerms')),
    domain: () => {
      const [domain] = (of('domains')?.['domains'] as unknown[] | undefined) ?? []
      return domain === undefined ? null : { domain: reader.ref(domain) }
    },
    deprecation: () =>
      mapped(of('deprecation'), (aspect) => ({ ...aspect, actorEntity: () => reader.ref(aspect['actor']) })),
    structuredProperties: () =>
      mapped(of('structuredProperties'), ({ properties }) => ({
        properties: listOf(properties).map((property) => structuredProperty(reader, property)),
      })),
    documentation: () =>
      mapped(of('documentation'), ({ documentations }) => ({
        documentations: listOf(documentations).map((one) => ({
          ...one,
          attribution: mapped(one['attribution'], ({ sourceDetail }) => ({
            sourceDetail: entriesOf(sourceDetail),
          })),
        })),
      })),
    displayProperties: () => of('displayProperties'),
    subTypes: () => of('subTypes'),
    relationships: relationships(reader, urn),
    relatedDocuments: relatedDocuments(reader, urn),
  }
}

function ownership(reader: Reader, { owners }: Aspect): object {
  return {
    owners: listOf(owners).map(({ owner, type, typeUrn }) => ({
      owner: reader.ref(owner),
      type,
      ownershipType: () => reader.ref(typeUrn),
    })),
  }
}

/** What is said of the platform, else what the URN has. */
function platformOf(reader: Reader, { urn, entityType, parts }: ParsedUrn): string | undefined {
  const said = textOf(reader.aspect(urn, 'dataPlatformInstance')?.['platform'])
  if (said !== undefined) return said
  if (entityType === 'dataset') {
    const dataset = tryDatasetParts(urn)
    return typeof dataset === 'string' ? undefined : dataset.platform
  }
  const [first] = parts
  if (entityType === 'chart' || entityType === 'dashboard' || entityType === 'dataFlow')
    return `urn:li:dataPlatform:${first}`
  return first?.startsWith('urn:li:dataPlatform:') ? first : undefined
}
