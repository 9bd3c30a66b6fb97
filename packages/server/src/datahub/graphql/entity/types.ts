/** Entity types by the name in their URNs: DataHub's name in GraphQL, and that of its `EntityType`. */
const TYPES: Readonly<Record<string, readonly [graphql: string, label: string]>> = {
  application: ['Application', 'APPLICATION'],
  assertion: ['Assertion', 'ASSERTION'],
  businessAttribute: ['BusinessAttribute', 'BUSINESS_ATTRIBUTE'],
  chart: ['Chart', 'CHART'],
  container: ['Container', 'CONTAINER'],
  corpGroup: ['CorpGroup', 'CORP_GROUP'],
  corpuser: ['CorpUser', 'CORP_USER'],
  dashboard: ['Dashboard', 'DASHBOARD'],
  dataFlow: ['DataFlow', 'DATA_FLOW'],
  dataHubView: ['DataHubView', 'DATAHUB_VIEW'],
  dataJob: ['DataJob', 'DATA_JOB'],
  dataPlatform: ['DataPlatform', 'DATA_PLATFORM'],
  dataPlatformInstance: ['DataPlatformInstance', 'DATA_PLATFORM_INSTANCE'],
  dataProduct: ['DataProduct', 'DATA_PRODUCT'],
  dataset: ['Dataset', 'DATASET'],
  dataType: ['DataTypeEntity', 'DATA_TYPE'],
  document: ['Document', 'DOCUMENT'],
  domain: ['Domain', 'DOMAIN'],
  entityType: ['EntityTypeEntity', 'ENTITY_TYPE'],
  glossaryNode: ['GlossaryNode', 'GLOSSARY_NODE'],
  glossaryTerm: ['GlossaryTerm', 'GLOSSARY_TERM'],
  incident: ['Incident', 'INCIDENT'],
  mlFeature: ['MLFeature', 'MLFEATURE'],
  mlFeatureTable: ['MLFeatureTable', 'MLFEATURE_TABLE'],
  mlModel: ['MLModel', 'MLMODEL'],
  mlModelGroup: ['MLModelGroup', 'MLMODEL_GROUP'],
  mlPrimaryKey: ['MLPrimaryKey', 'MLPRIMARY_KEY'],
  ownershipType: ['OwnershipTypeEntity', 'CUSTOM_OWNERSHIP_TYPE'],
  query: ['QueryEntity', 'QUERY'],
  schemaField: ['SchemaFieldEntity', 'SCHEMA_FIELD'],
  structuredProperty: ['StructuredPropertyEntity', 'STRUCTURED_PROPERTY'],
  tag: ['Tag', 'TAG'],
}

/** Undefined for a type that is not in the schema. */
export function graphqlType(
  entityType: string,
): { readonly name: string; readonly label: string } | undefined {
  if (!Object.hasOwn(TYPES, entityType)) return undefined
  const [name, label] = TYPES[entityType] as readonly [string, string]
  return { name, label }
}

/** The name in URNs of a type by that of `EntityType`. */
export function entityTypeOf(label: string): string | undefined {
  return Object.keys(TYPES).find((type) => TYPES[type]?.[1] === label)
}
