/** What a form about an entity proposes, as the tools of the catalog that make it. Pure. */

/** What may be put on an entity from this page, as somebody wants it to be. */
export interface Wanted {
  description: string
  /** URNs. */
  tags: readonly string[]
  owners: readonly string[]
}

export interface ProposedEdit {
  tool: 'update_description' | 'add_tags' | 'remove_tags' | 'add_owners' | 'remove_owners'
  arguments: Record<string, unknown>
}

/** The edits that lead from what is to what is wanted; none where they are the same. Blanks around a description are nothing. */
export function editsBetween(urn: string, is: Wanted, wanted: Wanted): ProposedEdit[] {
  const entity_urns = [urn]
  const labels = (tool: ProposedEdit['tool'], name: string, urns: readonly string[]): ProposedEdit[] =>
    urns.length === 0 ? [] : [{ tool, arguments: { [name]: urns, entity_urns } }]
  return [
    ...descriptionEdit(urn, is.description.trim(), wanted.description.trim()),
    ...labels('add_tags', 'tag_urns', without(wanted.tags, is.tags)),
    ...labels('remove_tags', 'tag_urns', without(is.tags, wanted.tags)),
    ...labels('add_owners', 'owner_urns', without(wanted.owners, is.owners)),
    ...labels('remove_owners', 'owner_urns', without(is.owners, wanted.owners)),
  ]
}

function descriptionEdit(entity_urn: string, is: string, wanted: string): ProposedEdit[] {
  if (is === wanted) return []
  const change = wanted === '' ? { operation: 'remove' } : { operation: 'replace', description: wanted }
  return [{ tool: 'update_description', arguments: { entity_urn, ...change } }]
}

function without(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set(some)].filter((urn) => !others.includes(urn))
}
