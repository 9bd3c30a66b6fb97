import type { AspectProposal } from '../../aspect/proposal.js'
import { domainUrn, groupUrn, proposal, tagUrn, termUrn } from '../aspect-proposals.js'
import type { SourceMetadata } from './source-metadata.js'

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
