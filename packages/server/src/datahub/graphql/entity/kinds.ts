import type { ParsedUrn } from '@groundplane/catalog'
import type { EntityObject, Members, Reader } from '../reader.js'
import * as annotation from './annotation.js'
import * as asset from './asset.js'
import { columnMembers, datasetMembers, queryMembers } from './dataset.js'
import { entityMembers } from './entity-members.js'
import { assertionMembers, incidentMembers } from './quality.js'
import { graphqlType } from './types.js'

/** The own members of each type; one that is not here has those of every entity. */
const MEMBERS: Readonly<Record<string, Members>> = {
  assertion: assertionMembers,
  businessAttribute: annotation.businessAttributeMembers,
  chart: asset.chartMembers,
  container: asset.containerMembers,
  corpGroup: annotation.groupMembers,
  corpuser: annotation.userMembers,
  dashboard: asset.dashboardMembers,
  dataFlow: asset.flowMembers,
  dataJob: asset.jobMembers,
  dataPlatform: annotation.platformMembers,
  dataPlatformInstance: (_, { parts }) => ({ instanceId: parts[1] }),
  dataProduct: asset.productMembers,
  dataset: datasetMembers,
  dataType: annotation.dataTypeMembers,
  document: asset.documentMembers,
  domain: annotation.domainMembers,
  entityType: (reader, { urn }) => ({ info: () => reader.aspect(urn, 'entityTypeInfo') }),
  glossaryNode: annotation.nodeMembers,
  glossaryTerm: annotation.termMembers,
  incident: incidentMembers,
  mlFeature: asset.modelMembers('mlFeatureProperties', 1),
  mlFeatureTable: asset.modelMembers('mlFeatureTableProperties', 1),
  mlModel: asset.modelMembers('mlModelProperties', 1),
  mlModelGroup: asset.modelMembers('mlModelGroupProperties', 1),
  mlPrimaryKey: asset.modelMembers('mlPrimaryKeyProperties', 1),
  ownershipType: annotation.ownershipTypeMembers,
  query: queryMembers,
  schemaField: columnMembers,
  structuredProperty: annotation.structuredPropertyMembers,
  tag: annotation.tagMembers,
}

/** Null for a type that is not in the schema. */
export function entityObject(reader: Reader, parsed: ParsedUrn): EntityObject | null {
  const type = graphqlType(parsed.entityType)
  if (!type) return null
  const own = MEMBERS[parsed.entityType]
  return {
    ...entityMembers(reader, parsed),
    ...own?.(reader, parsed),
    __typename: type.name,
    urn: parsed.urn,
    type: type.label,
  }
}
