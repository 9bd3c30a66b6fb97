import { createHash } from 'node:crypto'
import { canonicalJson } from '@groundplane/core'
import type { AspectProposal, Json } from '../../aspect/proposal.js'
import { platformInstanceUrn, platformUrn } from '../../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../../urn/urn.js'
import type { SourceMetadata } from '../metadata/source-metadata.js'

/** What is stated by the system rather than by a person. */
export const SYSTEM_ACTOR = 'urn:li:corpuser:groundplane'

/** Stamps carry no time: a harvest of unchanged data must not differ from the one before. */
export const STAMP = { time: 0, actor: SYSTEM_ACTOR } as const

export function proposal(entityUrn: string, aspectName: string, aspect: Json): AspectProposal {
  return { entityUrn, aspectName, aspect, text: JSON.stringify(aspect) }
}

export const tagUrn = (name: string): string => printUrn('tag', [encodeUrnPart(name)])
export const termUrn = (name: string): string => printUrn('glossaryTerm', [encodeUrnPart(name)])
export const groupUrn = (name: string): string => printUrn('corpGroup', [encodeUrnPart(name)])
export const domainUrn = (name: string): string => printUrn('domain', [encodeUrnPart(name)])

/** DataHub's container guid: MD5 of the key as sorted JSON. */
export function databaseContainerUrn(instance: string): string {
  const key = canonicalJson({ platform: 'sqlite', instance, database: 'main' })
  return printUrn('container', [createHash('md5').update(key).digest('hex')])
}

export interface HarvestTarget {
  readonly platformInstance: string
  readonly env: string
}

export function instanceAspect(instance: string): Json {
  return { platform: platformUrn('sqlite'), instance: platformInstanceUrn('sqlite', instance) }
}

/** The platform, the instance and its one database. */
export function sourceProposals({ platformInstance, env }: HarvestTarget): AspectProposal[] {
  const database = databaseContainerUrn(platformInstance)
  return [
    proposal(platformUrn('sqlite'), 'dataPlatformInfo', {
      name: 'sqlite',
      displayName: 'SQLite',
      type: 'RELATIONAL_DB',
      datasetNameDelimiter: '.',
    }),
    proposal(platformInstanceUrn('sqlite', platformInstance), 'dataPlatformInstanceProperties', {
      name: platformInstance,
      customProperties: { env },
    }),
    proposal(database, 'containerProperties', {
      customProperties: { platform: 'sqlite', instance: platformInstance, database: 'main' },
      name: platformInstance,
      qualifiedName: `${platformInstance}.main`,
      env,
    }),
    proposal(database, 'subTypes', { typeNames: ['Database'] }),
    proposal(database, 'dataPlatformInstance', instanceAspect(platformInstance)),
    proposal(database, 'status', { removed: false }),
  ]
}

/** Tags, terms, groups and domains of the metadata file, in file order. */
export function vocabularyProposals(metadata: SourceMetadata): AspectProposal[] {
  const optional = (description: string | undefined): { description?: string } =>
    description === undefined ? {} : { description }
  return [
    ...[...metadata.tags].map(([key, tag]) =>
      proposal(tagUrn(key), 'tagProperties', { name: key, ...optional(tag.description) }),
    ),
    ...[...metadata.terms].map(([key, term]) =>
      proposal(termUrn(key), 'glossaryTermInfo', {
        name: term.name,
        definition: term.description ?? '',
        termSource: 'INTERNAL',
        customProperties: {},
      }),
    ),
    ...[...metadata.owners].map(([key, owner]) =>
      proposal(groupUrn(key), 'corpGroupInfo', {
        displayName: owner.name,
        ...(owner.email !== undefined && { email: owner.email }),
        ...optional(owner.description),
        admins: [],
        members: [],
        groups: [],
      }),
    ),
    ...[...metadata.domains].map(([key, domain]) =>
      proposal(domainUrn(key), 'domainProperties', { name: domain.name, ...optional(domain.description) }),
    ),
  ]
}
