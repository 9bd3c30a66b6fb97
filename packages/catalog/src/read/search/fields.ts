/** Filterable fields: canonical name → what a facet calls it. */
export const FACET_FIELDS: Readonly<Record<string, string>> = {
  _entityType: 'Type',
  platform: 'Platform',
  typeNames: 'Sub Type',
  origin: 'Environment',
  platformInstance: 'Platform Instance',
  tags: 'Tag',
  glossaryTerms: 'Glossary Term',
  owners: 'Owned By',
  domains: 'Domain',
  container: 'Container',
}

/** Fields whose values are labels that datasets carry: what they are called is told of each dataset. */
export const LABEL_FIELDS: readonly string[] = ['tags', 'glossaryTerms', 'owners', 'domains', 'container']

const ALIASES: Readonly<Record<string, string>> = {
  type: '_entityType',
  entity_type: '_entityType',
  entitytype: '_entityType',
  _entitytype: '_entityType',
  subtype: 'typeNames',
  entity_subtype: 'typeNames',
  typenames: 'typeNames',
  environment: 'origin',
  env: 'origin',
  origin: 'origin',
  platform: 'platform',
  platform_instance: 'platformInstance',
  platforminstance: 'platformInstance',
  instance: 'platformInstance',
  tag: 'tags',
  tags: 'tags',
  term: 'glossaryTerms',
  glossary_term: 'glossaryTerms',
  glossary_terms: 'glossaryTerms',
  glossaryterms: 'glossaryTerms',
  owner: 'owners',
  owners: 'owners',
  domain: 'domains',
  domains: 'domains',
  container: 'container',
  containers: 'container',
  name: 'name',
  urn: 'urn',
  fieldpaths: 'fieldPaths',
  field_paths: 'fieldPaths',
  column: 'fieldPaths',
  has_active_incidents: 'hasActiveIncidents',
  hasactiveincidents: 'hasActiveIncidents',
  has_failing_assertions: 'hasFailingAssertions',
  hasfailingassertions: 'hasFailingAssertions',
}

/** Canonical name of a field as people write it; undefined when there is no such field. */
export function canonicalField(name: string): string | undefined {
  const key = name.toLowerCase()
  return Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined
}

const PROPERTY = 'structuredProperties.'

/** `structuredProperties.<id>`, a field of filters alone: the values of that property; undefined when it is none. */
export function propertyField(name: string): string | undefined {
  return name.startsWith(PROPERTY) && name.length > PROPERTY.length ? name : undefined
}

/** The id of the property that such a field is about. */
export function propertyId(field: string): string | undefined {
  return propertyField(field)?.slice(PROPERTY.length)
}

/** A canonical field as the documentation writes it. */
export function writtenField(canonical: string): string {
  return FIELD_NAMES.find((name) => canonicalField(name) === canonical) ?? canonical
}

export const FIELD_NAMES: readonly string[] = [
  'entity_type',
  'entity_subtype',
  'platform',
  'platform_instance',
  'env',
  'tag',
  'glossary_term',
  'owner',
  'domain',
  'container',
  'name',
  'urn',
  'column',
  'has_active_incidents',
  'has_failing_assertions',
]
