import { createHash } from 'node:crypto'
import { canonicalJson } from '@groundplane/core'
import type { AspectProposal, Json } from '../aspect/proposal.js'
import { platformInstanceUrn, platformUrn } from '../urn/entity-urns.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'

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

/** A platform whose datasets lie in databases, and one instance of it. */
export function platformProposals(
  platform: { readonly name: string; readonly displayName: string },
  instance: string,
  env: string,
): AspectProposal[] {
  return [
    proposal(platformUrn(platform.name), 'dataPlatformInfo', {
      name: platform.name,
      displayName: platform.displayName,
      type: 'RELATIONAL_DB',
      datasetNameDelimiter: '.',
    }),
    proposal(platformInstanceUrn(platform.name, instance), 'dataPlatformInstanceProperties', {
      name: instance,
      customProperties: { env },
    }),
  ]
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
