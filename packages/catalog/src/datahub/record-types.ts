import type { ParsedUrn } from '../urn/urn.js'

/**
 * DataHub's names for what it keeps: the record type of each aspect and the key of each
 * entity type, as the metadata model of `acryl-datahub` 1.7.0 has them. Clients look an
 * aspect up in an answer by the full name of its record type.
 */

/** Aspect names by the namespace of their record type. `name:Type` where the type is not the name in upper camel case. */
const ASPECTS_BY_NAMESPACE: Readonly<Record<string, string>> = {
  'com.linkedin.access.token': 'dataHubAccessTokenInfo',
  'com.linkedin.agent': 'aiAgentDependencies:AIAgentDependencies aiAgentInfo:AIAgentInfo',
  'com.linkedin.agentskill': 'agentSkillInfo',
  'com.linkedin.api': 'apiProperties apiSignature restApiProperties',
  'com.linkedin.application': 'applicationKey applicationLineage applicationProperties applications',
  'com.linkedin.assertion':
    'assertionActions assertionInfo assertionNote assertionRunEvent assertionRunSummary',
  'com.linkedin.businessattribute': 'businessAttributeInfo businessAttributeKey businessAttributes',
  'com.linkedin.chart': 'chartInfo chartQuery chartUsageStatistics editableChartProperties',
  'com.linkedin.common':
    'access aiContext aliases browsePaths browsePathsV2 cost dataPlatformInstance dataTransformLogic deprecation displayProperties documentation embed forms globalTags glossaryTerms incidentsSummary inputFields institutionalMemory operation origin ownership semanticContent semanticText siblings status subTypes upstreamMetrics versionProperties',
  'com.linkedin.connection': 'dataHubConnectionDetails',
  'com.linkedin.container': 'container containerProperties editableContainerProperties',
  'com.linkedin.dashboard': 'dashboardInfo dashboardUsageStatistics editableDashboardProperties',
  'com.linkedin.datacontract': 'dataContractProperties dataContractStatus',
  'com.linkedin.datajob':
    'dataFlowInfo dataJobInfo dataJobInputOutput editableDataFlowProperties editableDataJobProperties versionInfo',
  'com.linkedin.datajob.datahub': 'datahubIngestionCheckpoint datahubIngestionRunSummary',
  'com.linkedin.dataplatform': 'dataPlatformInfo',
  'com.linkedin.dataplatform.slack': 'slackUserInfo',
  'com.linkedin.dataplatforminstance': 'dataPlatformInstanceProperties icebergWarehouseInfo',
  'com.linkedin.dataprocess':
    'dataProcessInfo dataProcessInstanceInput dataProcessInstanceOutput dataProcessInstanceProperties dataProcessInstanceRelationships dataProcessInstanceRunEvent',
  'com.linkedin.dataproduct': 'dataProductKey dataProductProperties dataProducts',
  'com.linkedin.dataset':
    'datasetDeprecation datasetProfile datasetProperties datasetUpstreamLineage datasetUsageStatistics editableDatasetProperties icebergCatalogInfo partitionsSummary semanticModelProperties upstreamLineage viewProperties',
  'com.linkedin.datatype': 'dataTypeInfo dataTypeKey',
  'com.linkedin.domain': 'domainProperties domains',
  'com.linkedin.entitytype': 'entityTypeInfo entityTypeKey',
  'com.linkedin.ermodelrelation':
    'editableERModelRelationshipProperties erModelRelationshipProperties:ERModelRelationshipProperties',
  'com.linkedin.execution':
    'dataHubExecutionRequestInput:ExecutionRequestInput dataHubExecutionRequestResult:ExecutionRequestResult dataHubExecutionRequestSignal:ExecutionRequestSignal',
  'com.linkedin.file': 'dataHubFileInfo',
  'com.linkedin.form': 'dynamicFormAssignment formInfo',
  'com.linkedin.glossary': 'glossaryNodeInfo glossaryRelatedTerms glossaryTermInfo',
  'com.linkedin.identity':
    'corpGroupEditableInfo corpGroupInfo corpUserCredentials corpUserEditableInfo corpUserInfo corpUserSettings corpUserStatus groupMembership inviteToken nativeGroupMembership roleMembership',
  'com.linkedin.incident': 'incidentExternalLinks incidentInfo incidentNotes incidentSource',
  'com.linkedin.ingestion': 'dataHubIngestionSourceInfo',
  'com.linkedin.knowledge': 'documentInfo documentSettings documentUsageStatistics',
  'com.linkedin.lifecycle': 'lifecycleStageTypeInfo',
  'com.linkedin.logical': 'logicalParent',
  'com.linkedin.metadata.key':
    'agentSkillKey aiAgentKey:AIAgentKey apiKey assertionKey chartKey containerKey corpGroupKey corpUserKey dashboardKey dataContractKey dataFlowKey dataHubAccessTokenKey dataHubActionKey dataHubConnectionKey dataHubExecutionRequestKey:ExecutionRequestKey dataHubFileKey dataHubIngestionSourceKey dataHubOpenAPISchemaKey dataHubPageModuleKey dataHubPageTemplateKey dataHubPersonaKey dataHubPolicyKey dataHubRetentionKey dataHubRoleKey dataHubSecretKey dataHubStepStateKey dataHubUpgradeKey dataHubViewKey dataJobKey dataPlatformInstanceKey dataPlatformKey dataProcessInstanceKey dataProcessKey datasetKey documentKey domainKey erModelRelationshipKey:ERModelRelationshipKey formKey globalSettingsKey glossaryNodeKey glossaryTermKey incidentKey inviteTokenKey lifecycleStageTypeKey metricKey mlFeatureKey:MLFeatureKey mlFeatureTableKey:MLFeatureTableKey mlModelDeploymentKey:MLModelDeploymentKey mlModelGroupKey:MLModelGroupKey mlModelKey:MLModelKey mlPrimaryKeyKey:MLPrimaryKeyKey notebookKey ownershipTypeKey postKey queryKey roleKey schemaFieldKey searchTemplateKey semanticModelKey tagKey telemetryKey testKey versionSetKey',
  'com.linkedin.metadata.search.features': 'storageFeatures usageFeatures',
  'com.linkedin.metric': 'metricInfo metricRelationships metricUpstreams',
  'com.linkedin.ml.metadata':
    'editableMlFeatureProperties:EditableMLFeatureProperties editableMlFeatureTableProperties:EditableMLFeatureTableProperties editableMlModelGroupProperties:EditableMLModelGroupProperties editableMlModelProperties:EditableMLModelProperties editableMlPrimaryKeyProperties:EditableMLPrimaryKeyProperties intendedUse mlFeatureProperties:MLFeatureProperties mlFeatureTableProperties:MLFeatureTableProperties mlHyperParam:MLHyperParam mlMetric:MLMetric mlModelCaveatsAndRecommendations:CaveatsAndRecommendations mlModelDeploymentProperties:MLModelDeploymentProperties mlModelEthicalConsiderations:EthicalConsiderations mlModelEvaluationData:EvaluationData mlModelFactorPrompts:MLModelFactorPrompts mlModelGroupProperties:MLModelGroupProperties mlModelMetrics:Metrics mlModelProperties:MLModelProperties mlModelQuantitativeAnalyses:QuantitativeAnalyses mlModelTrainingData:TrainingData mlPrimaryKeyProperties:MLPrimaryKeyProperties mlTrainingRunProperties:MLTrainingRunProperties sourceCode',
  'com.linkedin.module': 'dataHubPageModuleProperties',
  'com.linkedin.mxe': 'systemMetadata',
  'com.linkedin.notebook': 'editableNotebookProperties notebookContent notebookInfo',
  'com.linkedin.ownership': 'ownershipTypeInfo',
  'com.linkedin.persona': 'dataHubPersonaInfo',
  'com.linkedin.platformresource': 'platformResourceInfo platformResourceKey',
  'com.linkedin.policy': 'dataHubPolicyInfo dataHubRoleInfo',
  'com.linkedin.post': 'postInfo',
  'com.linkedin.query': 'queryProperties querySubjects queryUsageStatistics',
  'com.linkedin.repository': 'repositoryKey repositoryLineage repositoryProperties repositorySource',
  'com.linkedin.retention': 'dataHubRetentionConfig',
  'com.linkedin.role': 'actors roleProperties',
  'com.linkedin.schema': 'editableSchemaMetadata schemaMetadata',
  'com.linkedin.schemafield': 'schemaFieldAliases schemafieldInfo:SchemaFieldInfo',
  'com.linkedin.search.template': 'searchTemplateProperties',
  'com.linkedin.secret': 'dataHubSecretValue',
  'com.linkedin.semanticmodel': 'semanticFieldAnnotation semanticModelInfo',
  'com.linkedin.service': 'mcpServerProperties serviceDefinition serviceKey serviceProperties',
  'com.linkedin.settings.asset': 'assetSettings',
  'com.linkedin.settings.global': 'globalSettingsInfo',
  'com.linkedin.step': 'dataHubStepStateProperties',
  'com.linkedin.structured':
    'propertyDefinition:StructuredPropertyDefinition structuredProperties structuredPropertyKey structuredPropertySettings',
  'com.linkedin.tag': 'tagProperties',
  'com.linkedin.telemetry': 'telemetryClientId',
  'com.linkedin.template': 'dataHubPageTemplateProperties',
  'com.linkedin.test': 'testInfo testResults',
  'com.linkedin.upgrade': 'dataHubUpgradeRequest dataHubUpgradeResult',
  'com.linkedin.versionset': 'versionSetProperties',
  'com.linkedin.view': 'dataHubViewInfo',
}

/** Entity types whose key is not `<entityType>Key` with the one field `id`: the aspect, and a field for each part of the URN. */
const KEYS: Readonly<Record<string, readonly [aspect: string, fields: string]>> = {
  assertion: ['assertionKey', 'assertionId'],
  chart: ['chartKey', 'dashboardTool chartId'],
  container: ['containerKey', 'guid'],
  corpGroup: ['corpGroupKey', 'name'],
  corpuser: ['corpUserKey', 'username'],
  dashboard: ['dashboardKey', 'dashboardTool dashboardId'],
  dataFlow: ['dataFlowKey', 'orchestrator flowId cluster'],
  dataHubRetention: ['dataHubRetentionKey', 'entityName aspectName'],
  dataJob: ['dataJobKey', 'flow jobId'],
  dataPlatform: ['dataPlatformKey', 'platformName'],
  dataPlatformInstance: ['dataPlatformInstanceKey', 'platform instance'],
  dataProcess: ['dataProcessKey', 'name orchestrator origin'],
  dataset: ['datasetKey', 'platform name origin'],
  glossaryNode: ['glossaryNodeKey', 'name'],
  glossaryTerm: ['glossaryTermKey', 'name'],
  metric: ['metricKey', 'platform path id'],
  mlFeature: ['mlFeatureKey', 'featureNamespace name'],
  mlFeatureTable: ['mlFeatureTableKey', 'platform name'],
  mlModel: ['mlModelKey', 'platform name origin'],
  mlModelDeployment: ['mlModelDeploymentKey', 'platform name origin'],
  mlModelGroup: ['mlModelGroupKey', 'platform name origin'],
  mlPrimaryKey: ['mlPrimaryKeyKey', 'featureNamespace name'],
  notebook: ['notebookKey', 'notebookTool notebookId'],
  schemaField: ['schemaFieldKey', 'parent fieldPath'],
  semanticModel: ['semanticModelKey', 'platform path id'],
  tag: ['tagKey', 'name'],
  telemetry: ['telemetryKey', 'name'],
  versionSet: ['versionSetKey', 'id entityType'],
}

const RECORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(ASPECTS_BY_NAMESPACE).flatMap(([namespace, names]) =>
    names.split(' ').map((entry): [string, string] => {
      const [name, type] = entry.split(':') as [string, string?]
      return [name, `${namespace}.${type ?? name.charAt(0).toUpperCase() + name.slice(1)}`]
    }),
  ),
)

const ASPECTS: ReadonlyMap<string, string> = new Map([...RECORDS].map(([name, record]) => [record, name]))

/** Full name of the record type of an aspect; the aspect's own name for one DataHub does not have. */
export function recordOf(aspectName: string): string {
  return RECORDS.get(aspectName) ?? aspectName
}

/** The aspect a record type belongs to, also by the name Avro has for it; undefined for a type that is no aspect. */
export function aspectOfRecord(record: string): string | undefined {
  return ASPECTS.get(record.replace('.pegasus2avro.', '.'))
}

/** Name of the aspect that says of which parts the URN of an entity type is made. */
export function keyAspectOf(entityType: string): string {
  return Object.hasOwn(KEYS, entityType) ? (KEYS[entityType] as [string, string])[0] : `${entityType}Key`
}

/**
 * The key aspect as it follows from the URN: what DataHub writes with the first aspect of an
 * entity, and what its clients ask for to learn whether an entity exists.
 */
export function keyAspect({ entityType, parts, tuple }: ParsedUrn): {
  readonly name: string
  readonly value: Readonly<Record<string, string>>
} {
  const fields = Object.hasOwn(KEYS, entityType)
    ? (KEYS[entityType] as [string, string])[1].split(' ')
    : ['id']
  // An id that is written as a tuple is one id to an entity type whose key has one field.
  const values = fields.length === 1 && tuple ? [`(${parts.join(',')})`] : parts
  return {
    name: keyAspectOf(entityType),
    value: Object.fromEntries(fields.map((field, i) => [field, values[i] ?? ''])),
  }
}
