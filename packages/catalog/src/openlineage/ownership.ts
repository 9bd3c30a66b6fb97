import type { Json } from '../aspect/proposal.js'
import { STAMP } from '../source/aspect-proposals.js'
import { encodeUrnPart, printUrn } from '../urn/urn.js'

/** `team:sales` and `group:sales` are groups, everybody else a user. The type is DataHub's for what a program states. */
export function ownershipAspect(owners: readonly { readonly name: string }[]): Json {
  const urns = owners.map(({ name }) => {
    const [, group, rest = name] = /^(?:user|(team|group)):(.+)$/.exec(name) ?? []
    return printUrn(group === undefined ? 'corpuser' : 'corpGroup', [encodeUrnPart(rest)])
  })
  return {
    owners: [...new Set(urns)].map((owner) => ({ owner, type: 'DEVELOPER', source: { type: 'SERVICE' } })),
    lastModified: STAMP,
  }
}
