import * as consumer from './consumer-aspects.js'
import * as dataset from './dataset-aspects.js'
import * as health from './health-aspects.js'
import * as lineage from './lineage-aspects.js'
import * as meaning from './meaning-aspects.js'
import type { Projection } from './projection.js'
import * as property from './property-aspects.js'
import * as work from './work-aspects.js'

interface Entry {
  readonly project: Projection
  /** Entity types the aspect belongs to; any when absent. */
  readonly of?: readonly string[]
}

/** Projections by aspect name. An aspect not listed here is kept and read back, and projects nothing. */
const PROJECTIONS: Readonly<Record<string, Entry>> = {
  status: { project: meaning.status },
  ownership: { project: meaning.ownership },
  globalTags: { project: meaning.globalTags },
  glossaryTerms: { project: meaning.glossaryTerms },
  domains: { project: meaning.domains },
  container: { project: meaning.container },
  subTypes: { project: dataset.subTypes },
  dataPlatformInstance: { project: dataset.dataPlatformInstance },
  datasetProperties: { project: dataset.datasetProperties, of: ['dataset'] },
  viewProperties: { project: dataset.viewProperties, of: ['dataset'] },
  schemaMetadata: { project: dataset.schemaMetadata, of: ['dataset'] },
  editableSchemaMetadata: { project: dataset.editableSchemaMetadata, of: ['dataset'] },
  datasetProfile: { project: dataset.datasetProfile, of: ['dataset'] },
  upstreamLineage: { project: lineage.upstreamLineage, of: ['dataset'] },
  dashboardInfo: { project: consumer.dashboardInfo, of: ['dashboard'] },
  chartInfo: { project: consumer.chartInfo, of: ['chart'] },
  queryProperties: { project: lineage.queryProperties, of: ['query'] },
  querySubjects: { project: lineage.querySubjects, of: ['query'] },
  tagProperties: { project: meaning.tagProperties, of: ['tag'] },
  glossaryTermInfo: { project: meaning.glossaryTermInfo, of: ['glossaryTerm'] },
  propertyDefinition: { project: property.propertyDefinition, of: ['structuredProperty'] },
  structuredProperties: { project: property.structuredProperties, of: ['dataset', 'dashboard', 'chart'] },
  corpGroupInfo: { project: meaning.corpGroupInfo, of: ['corpGroup'] },
  corpUserInfo: { project: meaning.corpUserInfo, of: ['corpuser'] },
  domainProperties: { project: meaning.domainProperties, of: ['domain'] },
  documentInfo: { project: meaning.documentInfo, of: ['document'] },
  containerProperties: { project: meaning.containerProperties, of: ['container'] },
  dataPlatformInfo: { project: meaning.dataPlatformInfo, of: ['dataPlatform'] },
  dataPlatformInstanceProperties: {
    project: meaning.dataPlatformInstanceProperties,
    of: ['dataPlatformInstance'],
  },
  groundplaneHarvest: { project: meaning.groundplaneHarvest, of: ['dataPlatformInstance'] },
  dataFlowInfo: { project: work.dataFlowInfo, of: ['dataFlow'] },
  dataJobInfo: { project: work.dataJobInfo, of: ['dataJob'] },
  dataJobInputOutput: { project: work.dataJobInputOutput, of: ['dataJob'] },
  dataProcessInstanceProperties: {
    project: work.dataProcessInstanceProperties,
    of: ['dataProcessInstance'],
  },
  dataProcessInstanceRelationships: {
    project: work.dataProcessInstanceRelationships,
    of: ['dataProcessInstance'],
  },
  dataProcessInstanceOutput: { project: work.dataProcessInstanceOutput, of: ['dataProcessInstance'] },
  groundplaneOpenlineage: { project: work.groundplaneOpenlineage, of: ['dataProcessInstance'] },
  assertionInfo: { project: health.assertionInfo, of: ['assertion'] },
  assertionRunEvent: { project: health.assertionRunEvent, of: ['assertion'] },
  incidentInfo: { project: health.incidentInfo, of: ['incident'] },
  groundplaneIncident: { project: health.groundplaneIncident, of: ['incident'] },
}

/** The projection of an aspect on an entity of this type, or undefined when it projects nothing. */
export function projectionOf(aspectName: string, entityType: string): Projection | undefined {
  const entry = Object.hasOwn(PROJECTIONS, aspectName) ? PROJECTIONS[aspectName] : undefined
  return entry && (!entry.of || entry.of.includes(entityType)) ? entry.project : undefined
}
