/** Datasets, their columns, and the queries over them. */
export const DATASET_TYPES = `
union PlatformSchema = TableSchema | KeyValueSchema
type DataPlatform implements Entity {
  urn: String!, type: EntityType!, name: String, properties: DataPlatformProperties
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataPlatformInstance implements Entity {
  urn: String!, type: EntityType!, instanceId: String
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataPlatformProperties { displayName: String, datasetNameDelimiter: String }
type Dataset implements Entity {
  urn: String!, type: EntityType!, name: String, platform: DataPlatform
  editableProperties: DatasetEditableProperties, properties: DatasetProperties, ownership: Ownership
  tags: GlobalTags, glossaryTerms: GlossaryTerms, structuredProperties: StructuredProperties
  subTypes: SubTypes, domain: DomainAssociation, deprecation: Deprecation, health: [Health]
  schemaMetadata(version: Long): SchemaMetadata, editableSchemaMetadata: EditableSchemaMetadata
  viewProperties: ViewProperties, relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DatasetEditableProperties { name: String, description: String }
type DatasetProperties {
  name: String, description: String, externalUrl: String, customProperties: [CustomPropertiesEntry]
  qualifiedName: String
}
type EditableSchemaFieldInfo {
  fieldPath: String, description: String, tags: GlobalTags, glossaryTerms: GlossaryTerms
}
type EditableSchemaMetadata { editableSchemaFieldInfo: [EditableSchemaFieldInfo] }
type ForeignKeyConstraint {
  name: String, sourceFields: [SchemaFieldEntity], foreignFields: [SchemaFieldEntity]
  foreignDataset: Dataset
}
type KeyValueSchema { keySchema: String, valueSchema: String }
type QueryEntity implements Entity {
  urn: String!, type: EntityType!, properties: QueryProperties, platform: DataPlatform
  subjects: [QuerySubject], relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type QueryProperties {
  name: String, description: String, source: String, statement: QueryStatement
  customProperties: [CustomPropertiesEntry], origin: Entity, lastModified: AuditStamp
}
type QueryStatement { value: String, language: String }
type QuerySubject { dataset: Dataset, schemaField: SchemaFieldEntity }
type SchemaField {
  fieldPath: String, label: String, jsonPath: String, nullable: Boolean, description: String
  nativeDataType: String, recursive: Boolean, isPartOfKey: Boolean, isPartitioningKey: Boolean
  tags: GlobalTags, glossaryTerms: GlossaryTerms, schemaFieldEntity: SchemaFieldEntity, type: String
}
type SchemaFieldEntity implements Entity {
  urn: String!, type: EntityType!, deprecation: Deprecation, structuredProperties: StructuredProperties
  businessAttributes: BusinessAttributes, documentation: Documentation, fieldPath: String, parent: Entity
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type SchemaMetadata {
  createdAt: Long, datasetUrn: String, name: String, platformUrn: String, cluster: String
  platformSchema: PlatformSchema, fields: [SchemaField], primaryKeys: [String]
  foreignKeys: [ForeignKeyConstraint]
}
type TableSchema { schema: String }
type ViewProperties { materialized: Boolean, logic: String, language: String }
`
