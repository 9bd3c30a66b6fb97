import { BUILT_IN_OWNERSHIP_TYPES } from '@groundplane/catalog'
import { asAspect, entriesOf, listOf, mapped, textOf } from '../aspect.js'
import type { FacetFilter } from '../filter-text.js'
import type { EntityObject, Members, Reader } from '../reader.js'
import { searchEntities } from '../search.js'
import { properties, stampOf } from './asset.js'
import { tags, terms } from './labels.js'
import { propertyValue } from './structured-property.js'

export const userMembers: Members = (reader, { urn, parts: [username] }) => {
  const info = () => properties(reader.aspect(urn, 'corpUserInfo'))
  const edited = () => reader.aspect(urn, 'corpUserEditableInfo')
  return {
    username,
    exists: () => reader.catalog.hasRecord(urn, reader.at),
    properties: info,
    info,
    editableProperties: edited,
    editableInfo: edited,
  }
}

export const groupMembers: Members = (reader, { urn, parts: [name] }) => ({
  name,
  properties: () => reader.aspect(urn, 'corpGroupInfo'),
  info: () =>
    mapped(reader.aspect(urn, 'corpGroupInfo'), (aspect) => ({
      ...aspect,
      admins: () => reader.refs(aspect['admins']),
      members: () => reader.refs(aspect['members']),
    })),
})

export const tagMembers: Members = (reader, { urn, parts: [name] }) => ({
  name,
  properties: () => reader.aspect(urn, 'tagProperties'),
})

export const termMembers: Members = (reader, { urn, parts: [name] }) => ({
  name: () => textOf(reader.aspect(urn, 'glossaryTermInfo')?.['name']) ?? name,
  hierarchicalName: name,
  properties: () =>
    properties(reader.aspect(urn, 'glossaryTermInfo'), (aspect) => ({ description: aspect['definition'] })),
  parentNodes: () => {
    const nodes = ancestors(reader, urn, (of) =>
      textOf(
        (reader.aspect(of, 'glossaryTermInfo') ?? reader.aspect(of, 'glossaryNodeInfo'))?.['parentNode'],
      ),
    )
    return { count: nodes.length, nodes }
  },
})

export const nodeMembers: Members = (reader, { urn }) => ({
  properties: () =>
    properties(reader.aspect(urn, 'glossaryNodeInfo'), (aspect) => ({ description: aspect['definition'] })),
})

interface DomainQuestion {
  readonly input?: {
    readonly query?: string | null
    readonly start?: number | null
    readonly count?: number | null
    readonly filters?: readonly FacetFilter[] | null
  } | null
}

export const domainMembers: Members = (reader, { urn }) => ({
  properties: () => properties(reader.aspect(urn, 'domainProperties')),
  parentDomains: () => {
    const domains = ancestors(reader, urn, (of) =>
      textOf(reader.aspect(of, 'domainProperties')?.['parentDomain']),
    )
    return { count: domains.length, domains }
  },
  entities: ({ input }: DomainQuestion) =>
    searchEntities(reader, {
      query: input?.query ?? '*',
      start: input?.start,
      count: input?.count,
      filters: [...(input?.filters ?? []), { field: 'domains', values: [urn] }],
    }),
})

/** What an entity lies in, the nearest first; a cycle ends. */
function ancestors(
  reader: Reader,
  urn: string,
  parentOf: (urn: string) => string | undefined,
): EntityObject[] {
  const found: EntityObject[] = []
  const seen = new Set([urn])
  for (let parent = parentOf(urn); parent !== undefined && !seen.has(parent); parent = parentOf(parent)) {
    const entity = reader.ref(parent)
    if (!entity) break
    seen.add(parent)
    found.push(entity)
  }
  return found
}

export const platformMembers: Members = (reader, { urn, parts: [name] }) => ({
  name,
  properties: () => reader.aspect(urn, 'dataPlatformInfo'),
})

export const ownershipTypeMembers: Members = (reader, { urn }) => ({
  info: () => reader.aspect(urn, 'ownershipTypeInfo') ?? BUILT_IN_OWNERSHIP_TYPES.get(urn),
  status: () => reader.aspect(urn, 'status'),
})

/** DataHub's server has `datahub.string` and the others from the start; here they are known by their URNs. */
export const dataTypeMembers: Members = (reader, { urn, parts: [name] }) => ({
  info: () => reader.aspect(urn, 'dataTypeInfo') ?? { qualifiedName: name, displayName: name },
})

export const structuredPropertyMembers: Members = (reader, { urn }) => ({
  settings: () => reader.aspect(urn, 'structuredPropertySettings'),
  definition: () =>
    mapped(reader.aspect(urn, 'propertyDefinition'), (aspect) => ({
      ...aspect,
      valueType: () => reader.ref(aspect['valueType']),
      entityTypes: () => reader.refs(aspect['entityTypes']),
      typeQualifier: mapped(aspect['typeQualifier'], ({ allowedTypes }) => ({
        allowedTypes: () => reader.refs(allowedTypes),
      })),
      allowedValues: listOf(aspect['allowedValues']).map(({ value, description }) => ({
        value: propertyValue(value),
        description,
      })),
      created: stampOf(reader, aspect['created']),
      lastModified: stampOf(reader, aspect['lastModified']),
    })),
})

export const businessAttributeMembers: Members = (reader, { urn }) => ({
  properties: () =>
    mapped(reader.aspect(urn, 'businessAttributeInfo'), (aspect) => ({
      ...aspect,
      customProperties: entriesOf(aspect['customProperties']),
      type: Object.keys(asAspect(asAspect(aspect['type'])?.['type']) ?? {})[0],
      tags: () => tags(reader, aspect['globalTags']),
      glossaryTerms: () => terms(reader, aspect['glossaryTerms']),
    })),
})
