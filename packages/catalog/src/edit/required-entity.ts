import type { Transaction } from '@groundplane/graph'
import { type EntityNodeType, identityOf, nodeTypeOf } from '../model/entity-type.js'
import { CatalogError } from '../model/error.js'
import { parseUrn } from '../urn/urn.js'

/**
 * Throws `entity_not_found` unless an aspect of its own describes the entity and it is not removed, `argument_invalid` for
 * one of a type that is kept as aspects only: whether it exists the graph does not know.
 */
export function requireEntity(tx: Transaction, raw: string, types?: readonly string[]): void {
  const urn = raw.trim()
  const { entityType } = parseUrn(urn)
  if (types && !types.includes(entityType))
    throw invalid(`${urn} is not a ${types.join(' or ')}.`, `Give the URN of a ${types.join(' or ')}.`)
  if (nodeTypeOf(entityType) === undefined)
    throw invalid(
      `Entities of type ${entityType} are kept as aspects only, and cannot be named in a change.`,
      "Write its aspects over DataHub's interface.",
    )
  const identity = identityOf(urn)
  if (typeof identity === 'object') {
    const data = tx.node(identity.type satisfies EntityNodeType, urn)?.data
    if (data?.['described'] === true && data['removed'] !== true) return
  }
  throw entityNotFound(urn)
}

export function entityNotFound(urn: string): CatalogError {
  return new CatalogError('not-found', 'entity_not_found', `Entity ${urn} not found.`, {
    remedy:
      'Search for it by name, and use the URN of a result; what does not exist is not made by naming it.',
    details: { urn },
  })
}

/** What was asked cannot be done to anything. */
export function invalid(message: string, remedy: string): CatalogError {
  return new CatalogError('invalid', 'argument_invalid', message, { remedy })
}
