/** What is made of data: charts, dashboards, jobs, models, products, documents, and what contains them. */
export const ASSET_TYPES = `
type Application implements Entity {
  urn: String!, type: EntityType!, relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type BrowsePathEntry { entity: Entity }
type BrowsePathV2 { path: [BrowsePathEntry] }
type BusinessAttribute implements Entity {
  urn: String!, type: EntityType!, ownership: Ownership, properties: BusinessAttributeInfo
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type BusinessAttributeAssociation { businessAttribute: BusinessAttribute }
type BusinessAttributeInfo {
  name: String, description: String, type: String, lastModified: AuditStamp, created: AuditStamp
  tags: GlobalTags, glossaryTerms: GlossaryTerms
}
type BusinessAttributes { businessAttribute: BusinessAttributeAssociation }
type Chart implements Entity {
  urn: String!, type: EntityType!, properties: ChartProperties, tool: String, chartId: String
  ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, editableProperties: ChartEditableProperties
  platform: DataPlatform, domain: DomainAssociation, deprecation: Deprecation, subTypes: SubTypes
  health: [Health], relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type ChartEditableProperties { description: String }
type ChartProperties {
  name: String, description: String, externalUrl: String, type: String, access: String
  lastModified: AuditStamp, customProperties: [CustomPropertiesEntry]
}
type Container implements Entity {
  urn: String!, type: EntityType!, properties: ContainerProperties, platform: DataPlatform
  subTypes: SubTypes, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, deprecation: Deprecation, browsePathV2: BrowsePathV2
  editableProperties: ContainerEditableProperties
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type ContainerEditableProperties { description: String }
type ContainerProperties { name: String, customProperties: [CustomPropertiesEntry], description: String }
type Dashboard implements Entity {
  urn: String!, type: EntityType!, properties: DashboardProperties, tool: String, dashboardId: String
  ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, editableProperties: DashboardEditableProperties
  platform: DataPlatform, domain: DomainAssociation, deprecation: Deprecation, subTypes: SubTypes
  health: [Health], relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DashboardEditableProperties { description: String }
type DashboardProperties {
  name: String, description: String, externalUrl: String, access: String, lastModified: AuditStamp
  customProperties: [CustomPropertiesEntry]
}
type DataFlow implements Entity {
  urn: String!, type: EntityType!, properties: DataFlowProperties, orchestrator: String, flowId: String
  cluster: String, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, editableProperties: DataFlowEditableProperties
  platform: DataPlatform, domain: DomainAssociation, deprecation: Deprecation, health: [Health]
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataFlowEditableProperties { description: String }
type DataFlowProperties {
  name: String, description: String, project: String, customProperties: [CustomPropertiesEntry]
  externalUrl: String
}
type DataJob implements Entity {
  urn: String!, type: EntityType!, properties: DataJobProperties, dataFlow: DataFlow, jobId: String
  inputOutput: DataJobInputOutput, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, editableProperties: DataJobEditableProperties
  domain: DomainAssociation, deprecation: Deprecation, subTypes: SubTypes, health: [Health]
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataJobEditableProperties { description: String }
type DataJobInputOutput { inputDatasets: [Dataset], outputDatasets: [Dataset] }
type DataJobProperties { name: String, description: String, customProperties: [CustomPropertiesEntry] }
type DataProduct implements Entity {
  urn: String!, type: EntityType!, properties: DataProductProperties, domain: DomainAssociation
  ownership: Ownership, structuredProperties: StructuredProperties, tags: GlobalTags
  glossaryTerms: GlossaryTerms, entities(input: SearchAcrossEntitiesInput): SearchResults
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataProductProperties { name: String, description: String, customProperties: [CustomPropertiesEntry] }
type Document implements Entity {
  urn: String!, type: EntityType!, info: DocumentInfo, subType: String, platform: DataPlatform
  settings: DocumentSettings, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  domain: DomainAssociation, relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DocumentContent { text: String }
type DocumentInfo {
  title: String, contents: DocumentContent, source: DocumentSource, created: ResolvedAuditStamp
  lastModified: ResolvedAuditStamp, relatedAssets: [DocumentRelatedAsset]
  relatedDocuments(input: RelatedDocumentsInput!): [DocumentRelatedDocument]
  parentDocument: DocumentParentDocument
}
type DocumentParentDocument { document: Document }
type DocumentRelatedAsset { asset: Entity }
type DocumentRelatedDocument { document: Document }
type DocumentSettings { showInGlobalContext: Boolean }
type DocumentSource { sourceType: String, externalUrl: String }
type MLFeature implements Entity {
  urn: String!, type: EntityType!, name: String, properties: MLFeatureProperties, description: String
  ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, deprecation: Deprecation
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type MLFeatureProperties { customProperties: [CustomPropertiesEntry] }
type MLFeatureTable implements Entity {
  urn: String!, type: EntityType!, name: String, properties: MLFeatureTableProperties, description: String
  editableProperties: MLFeatureTableEditableProperties
  featureTableProperties: MLFeatureTableProperties, ownership: Ownership, tags: GlobalTags
  glossaryTerms: GlossaryTerms, structuredProperties: StructuredProperties, platform: DataPlatform
  deprecation: Deprecation, relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type MLFeatureTableEditableProperties { description: String }
type MLFeatureTableProperties {
  customProperties: [CustomPropertiesEntry], description: String, mlFeatures: [MLFeature]
  mlPrimaryKeys: [MLPrimaryKey]
}
type MLModel implements Entity {
  editableProperties: MLModelEditableProperties
  urn: String!, type: EntityType!, name: String, properties: MLModelProperties, description: String
  origin: String, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, platform: DataPlatform, deprecation: Deprecation
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type MLModelEditableProperties { description: String }
type MLModelGroup implements Entity {
  editableProperties: MLModelGroupEditableProperties
  urn: String!, type: EntityType!, name: String, properties: MLModelGroupProperties, origin: String
  description: String, ownership: Ownership, tags: GlobalTags, glossaryTerms: GlossaryTerms
  structuredProperties: StructuredProperties, platform: DataPlatform, deprecation: Deprecation
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type MLModelGroupEditableProperties { description: String }
type MLModelGroupProperties { customProperties: [CustomPropertiesEntry] }
type MLModelProperties { customProperties: [CustomPropertiesEntry] }
type MLPrimaryKey implements Entity {
  urn: String!, type: EntityType!, name: String, editableProperties: MLPrimaryKeyEditableProperties
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type MLPrimaryKeyEditableProperties { description: String }
`
