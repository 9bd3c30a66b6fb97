import { createHash } from 'node:crypto'
import { canonicalJson, jsonDigest } from '@groundplane/core'
import type { AspectProposal, Json, JsonObject } from '../aspect/proposal.js'
import { platformInstanceUrn, platformUrn } from '../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'

/** What is stated by the system rather than by a person. */
export const SYSTEM_ACTOR = 'urn:li:corpuser:groundplane'

/** Stamps carry no time: a harvest of unchanged data must not differ from the one before. */
export const STAMP = { time: 0, actor: SYSTEM_ACTOR } as const

export function proposal(entityUrn: string, aspectName: string, aspect: Json): AspectProposal {
  return { entityUrn, aspectName, aspect, text: JSON.stringify(aspect) }
}

/** The aspects of one entity, those that are undefined left out. */
export function proposals(
  entityUrn: string,
  aspects: readonly (readonly [name: string, aspect: Json | undefined])[],
): AspectProposal[] {
  return aspects.flatMap(([name, aspect]) =>
    aspect === undefined ? [] : [proposal(entityUrn, name, aspect)],
  )
}

export const tagUrn = (name: string): string => printUrn('tag', [encodeUrnPart(name)])
export const termUrn = (name: string): string => printUrn('glossaryTerm', [encodeUrnPart(name)])
export const groupUrn = (name: string): string => printUrn('corpGroup', [encodeUrnPart(name)])
export const domainUrn = (name: string): string => printUrn('domain', [encodeUrnPart(name)])

/** What tells one container from another: `{platform, instance, database[, schema]}`. */
export interface ContainerKey {
  readonly platform: string
  readonly instance: string
  readonly database: string
  readonly schema?: string
}

/** DataHub's container guid: MD5 of the key as sorted JSON. */
export function containerUrn(key: ContainerKey): string {
  return printUrn('container', [createHash('md5').update(canonicalJson(key)).digest('hex')])
}

/** The aspect `dataPlatformInstance`. */
export function instanceAspect(platform: string, instance: string): Json {
  return { platform: platformUrn(platform), instance: platformInstanceUrn(platform, instance) }
}

/** A platform and one instance of it. `type`: DataHub's kind of platform; by default one whose datasets lie in databases. */
export function platformProposals(
  platform: { readonly name: string; readonly displayName: string; readonly type?: 'OTHERS' },
  instance: string,
  customProperties: Readonly<Record<string, string>>,
): AspectProposal[] {
  return [
    proposal(platformUrn(platform.name), 'dataPlatformInfo', {
      name: platform.name,
      displayName: platform.displayName,
      type: platform.type ?? 'RELATIONAL_DB',
      datasetNameDelimiter: '.',
    }),
    proposal(platformInstanceUrn(platform.name, instance), 'dataPlatformInstanceProperties', {
      name: instance,
      customProperties: { ...customProperties },
    }),
  ]
}

/** What the aspect `schemaMetadata` is made of. */
export interface SchemaDescription {
  readonly schemaName: string
  /** URN. */
  readonly platform: string
  /** The declaration in the platform's own words; default none. */
  readonly rawSchema?: string
  readonly fields: readonly JsonObject[]
  /** What `hash` is the digest of; default the fields. */
  readonly hashed?: Json
}

/** The aspect `schemaMetadata`, its keys left to the caller. */
export function schemaMetadata(schema: SchemaDescription): JsonObject {
  const { schemaName, platform, rawSchema = '', fields, hashed = [...fields] } = schema
  return {
    schemaName,
    platform,
    version: 0,
    created: STAMP,
    lastModified: STAMP,
    hash: jsonDigest(hashed),
    platformSchema: { 'com.linkedin.schema.OtherSchema': { rawSchema } },
    fields: [...fields],
  }
}

/** A database or schema as people see it. */
export interface ContainerDescription {
  readonly key: ContainerKey
  readonly kind: 'Database' | 'Schema'
  readonly name: string
  readonly qualifiedName: string
  readonly env: string
  readonly description?: string
  /** URN of the container around it. */
  readonly inside?: string
}

export function containerProposals(container: ContainerDescription): AspectProposal[] {
  const { key, description, inside } = container
  const urn = containerUrn(key)
  return [
    proposal(urn, 'containerProperties', {
      customProperties: { ...key },
      name: container.name,
      qualifiedName: container.qualifiedName,
      ...(description !== undefined && { description }),
      env: container.env,
    }),
    proposal(urn, 'subTypes', { typeNames: [container.kind] }),
    proposal(urn, 'dataPlatformInstance', instanceAspect(key.platform, key.instance)),
    ...(inside === undefined ? [] : [proposal(urn, 'container', { container: inside })]),
    proposal(urn, 'status', { removed: false }),
  ]
}
