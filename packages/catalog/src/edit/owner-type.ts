import type { Aspect, AspectChanges } from './aspect-changes.js'
import { entityNotFound } from './required-entity.js'

const PREFIX = 'urn:li:ownershipType:'

/** The types of ownership that DataHub's server has from the start, by URN: the name in an `ownership` aspect, and the one people read. */
export const BUILT_IN_OWNERSHIP_TYPES: ReadonlyMap<string, { readonly type: string; readonly name: string }> =
  new Map(
    [
      ['TECHNICAL_OWNER', 'Technical Owner'],
      ['BUSINESS_OWNER', 'Business Owner'],
      ['DATA_STEWARD', 'Data Steward'],
      ['NONE', 'None'],
    ].map(([type, name]) => [
      `${PREFIX}__system__${(type as string).toLowerCase()}`,
      { type: type as string, name: name as string },
    ]),
  )

/** What makes somebody an owner of one type: the members of an owner besides who it is. */
export interface OwnerType {
  readonly type: string
  /** Of a type that was named by its URN. */
  readonly typeUrn?: string
}

/**
 * The type that is meant by its name (`TECHNICAL_OWNER`), the last part of its URN (`__system__technical_owner`) or its
 * URN. One that is not built in must be recorded: `CatalogError` `entity_not_found`.
 */
export function ownerTypeOf(changes: AspectChanges, raw: string): OwnerType {
  const given = raw.trim()
  const urn = given.startsWith('__') ? PREFIX + given : given
  if (!urn.startsWith(PREFIX)) return { type: given }
  const builtIn = BUILT_IN_OWNERSHIP_TYPES.get(urn)
  if (builtIn) return { type: builtIn.type, typeUrn: urn }
  const removed = changes.stored(urn, 'status')?.['removed'] === true
  // DataHub writes the type of before there were URNs beside each: CUSTOM for one that it does not know.
  if (changes.stored(urn, 'ownershipTypeInfo') && !removed) return { type: 'CUSTOM', typeUrn: urn }
  throw entityNotFound(urn)
}

/** Whether an owner in an aspect is of a type, however either of them names it. */
export function isOfType(owner: Aspect, type: OwnerType): boolean {
  return identityOfType(owner) === identityOfType(type)
}

function identityOfType({ type, typeUrn }: { readonly type?: unknown; readonly typeUrn?: unknown }): string {
  if (typeof typeUrn !== 'string') return String(type)
  return BUILT_IN_OWNERSHIP_TYPES.get(typeUrn)?.type ?? typeUrn
}
