import { type ParsedUrn, tryDatasetParts } from '@groundplane/catalog'
import { type Aspect, asAspect, entriesOf, listOf, mapped, textOf } from '../aspect.js'
import type { Reader } from '../reader.js'
import { relatedDocuments } from './related-documents.js'
import { relationships } from './relationships.js'

/** Members that entities of many types have; the schema says which have which. */
export function commonMembers(reader: Reader, parsed: ParsedUrn): object {
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

export function tags(reader: Reader, aspect: unknown): object | null {
  return mapped(aspect, ({ tags: all }) => ({
    tags: listOf(all).map(({ tag }) => ({ tag: reader.ref(tag) })),
  }))
}

export function terms(reader: Reader, aspect: unknown): object | null {
  return mapped(aspect, ({ terms: all }) => ({
    terms: listOf(all).map(({ urn, actor }) => ({ term: reader.ref(urn), actor: () => reader.ref(actor) })),
  }))
}

/** A column with what it is labelled with, in a schema as it was ingested or as people edited it. */
export function labelled(reader: Reader, field: Aspect): Aspect {
  return {
    ...field,
    tags: () => tags(reader, field['globalTags']),
    glossaryTerms: () => terms(reader, field['glossaryTerms']),
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

function structuredProperty(reader: Reader, { propertyUrn, values }: Aspect): object {
  const all = Array.isArray(values) ? values.map(propertyValue).filter((value) => value !== null) : []
  return {
    structuredProperty: reader.ref(propertyUrn),
    values: all,
    valueEntities: () =>
      all.flatMap((value) => ('stringValue' in value ? (reader.ref(value.stringValue) ?? []) : [])),
  }
}

/** `{"string": "x"}`, `{"double": 1}`, or the value itself. */
export function propertyValue(
  value: unknown,
): { __typename: string; stringValue: string } | { __typename: string; numberValue: number } | null {
  const inner = asAspect(value) ? Object.values(value as object)[0] : value
  if (typeof inner === 'string') return { __typename: 'StringValue', stringValue: inner }
  if (typeof inner === 'number') return { __typename: 'NumberValue', numberValue: inner }
  return null
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
