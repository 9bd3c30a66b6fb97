import type { Principal } from '@groundplane/core'
import type { JsonObject } from '../aspect/proposal.js'
import { compact, text } from '../aspect/row.js'
import { CatalogError } from '../model/error.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'
import type { CallerAnswer } from './answers.js'
import { readNode } from './entity-lookup.js'
import type { Snapshot } from './snapshot.js'

/** Who asks, and what the catalog knows of it. `CatalogError` `caller_unknown` where nobody is named. */
export function describeCaller(snapshot: Snapshot, principal: Principal | undefined): CallerAnswer {
  if (principal === undefined)
    throw new CatalogError('denied', 'caller_unknown', 'Nobody is named in this call.', {
      remedy: 'Call with a token of an actor, or give --as.',
    })
  const urn = printUrn('corpuser', [encodeUrnPart(principal.actor)])
  const node = readNode(snapshot, urn)
  const known = node?.['described'] === true && node['removed'] !== true
  const properties = compact({
    displayName: text(node?.['name']),
    email: text(node?.['email']),
    title: text(node?.['description']),
  }) as JsonObject
  return {
    success: true,
    data: {
      corpUser: { urn, username: principal.actor, ...(known && { properties }) },
      tenant: principal.tenant,
      roles: principal.roles,
    },
    message: known ? `You are ${urn}.` : `You are ${urn}, which the catalog does not describe.`,
    receipt: snapshot.receipt,
  }
}
