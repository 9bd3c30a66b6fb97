/** What is said about assets: owners, tags, terms, domains, properties. */
export const ANNOTATION_TYPES = `
union OwnerType = CorpUser | CorpGroup
union PropertyValue = StringValue | NumberValue
type AllowedValue { value: PropertyValue, description: String }
type AuditStamp { time: Long, actor: String }
type CorpGroup implements Entity {
  urn: String!, type: EntityType!, name: String, properties: CorpGroupProperties, info: CorpGroupInfo
  ownership: Ownership, structuredProperties: StructuredProperties
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type CorpGroupInfo {
  displayName: String, email: String, admins: [CorpUser], members: [CorpUser], groups: [String]
}
type CorpGroupProperties { displayName: String, email: String, description: String }
type CorpUser implements Entity {
  urn: String!, type: EntityType!, properties: CorpUserProperties
  editableProperties: CorpUserEditableProperties, info: CorpUserInfo, editableInfo: CorpUserEditableInfo
  structuredProperties: StructuredProperties, username: String, exists: Boolean
  relationships(input: RelationshipsInput!): EntityRelationshipsResult, settings: CorpUserSettings
}
type CorpUserEditableInfo { teams: [String], skills: [String] }
type CorpUserEditableProperties {
  displayName: String, title: String, email: String, pictureLink: String, teams: [String], skills: [String]
}
type CorpUserInfo {
  active: Boolean, displayName: String, title: String, email: String, firstName: String, lastName: String
  fullName: String
}
type CorpUserProperties {
  active: Boolean, displayName: String, title: String, email: String
  customProperties: [CustomPropertiesEntry]
}
type CustomPropertiesEntry { key: String, value: String }
type DataTypeEntity implements Entity {
  urn: String!, type: EntityType!, info: DataTypeInfo
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type DataTypeInfo { qualifiedName: String, displayName: String }
type Deprecation {
  actor: String, deprecated: Boolean, note: String, decommissionTime: Long, actorEntity: Entity
}
type DisplayProperties { icon: IconProperties }
type Documentation { documentations: [DocumentationAssociation] }
type DocumentationAssociation { documentation: String, attribution: MetadataAttribution }
type Domain implements Entity {
  urn: String!, type: EntityType!, properties: DomainProperties, parentDomains: ParentDomainsResult
  displayProperties: DisplayProperties, entities(input: DomainEntitiesInput): SearchResults
  relationships(input: RelationshipsInput!): EntityRelationshipsResult, ownership: Ownership
  structuredProperties: StructuredProperties
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
}
type DomainAssociation { domain: Domain }
type DomainProperties { name: String, description: String }
type EntityTypeEntity implements Entity {
  urn: String!, type: EntityType!, info: EntityTypeInfo
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type EntityTypeInfo { type: String, displayName: String }
type GlobalTags { tags: [TagAssociation] }
type GlossaryNode implements Entity {
  urn: String!, type: EntityType!, properties: GlossaryNodeProperties, displayProperties: DisplayProperties
  ownership: Ownership, structuredProperties: StructuredProperties
  relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type GlossaryNodeProperties { name: String, description: String, customProperties: [CustomPropertiesEntry] }
type GlossaryTerm implements Entity {
  urn: String!, type: EntityType!, name: String, hierarchicalName: String
  properties: GlossaryTermProperties
  ownership: Ownership, parentNodes: ParentNodesResult, structuredProperties: StructuredProperties
  deprecation: Deprecation, relatedDocuments(input: RelatedDocumentsInput!): RelatedDocumentsResult
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type GlossaryTermAssociation { term: GlossaryTerm, actor: CorpUser }
type GlossaryTermProperties {
  name: String, description: String, termSource: String, customProperties: [CustomPropertiesEntry]
  sourceRef: String, sourceUrl: String, rawSchema: String
}
type GlossaryTerms { terms: [GlossaryTermAssociation] }
type Health { type: String, status: String, message: String, causes: [String] }
type IconProperties { name: String, style: String, iconLibrary: String }
type MetadataAttribution { sourceDetail: [StringMapEntry] }
type NumberValue { numberValue: Float }
type Owner { owner: OwnerType, type: String, ownershipType: OwnershipTypeEntity }
type Ownership { owners: [Owner] }
type OwnershipTypeEntity implements Entity {
  urn: String!, type: EntityType!, info: OwnershipTypeInfo, status: Status
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type OwnershipTypeInfo { name: String, description: String }
type ParentDomainsResult { count: Int, domains: [Entity] }
type ParentNodesResult { count: Int, nodes: [GlossaryNode] }
type ResolvedAuditStamp { time: Long, actor: CorpUser }
type Status { removed: Boolean }
type StringValue { stringValue: String }
type StructuredProperties { properties: [StructuredPropertiesEntry] }
type StructuredPropertiesEntry {
  structuredProperty: StructuredPropertyEntity, values: [PropertyValue], valueEntities: [Entity]
}
type StructuredPropertyDefinition {
  displayName: String, qualifiedName: String, description: String, cardinality: String, immutable: Boolean
  valueType: DataTypeEntity, entityTypes: [EntityTypeEntity], typeQualifier: TypeQualifier
  allowedValues: [AllowedValue], created: ResolvedAuditStamp, lastModified: ResolvedAuditStamp
}
type StructuredPropertyEntity implements Entity {
  urn: String!, type: EntityType!, definition: StructuredPropertyDefinition
  settings: StructuredPropertySettings, relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type StructuredPropertySettings {
  isHidden: Boolean, showInSearchFilters: Boolean, showAsAssetBadge: Boolean, showInAssetSummary: Boolean
  showInColumnsTable: Boolean
}
type SubTypes { typeNames: [String] }
type Tag implements Entity {
  urn: String!, type: EntityType!, properties: TagProperties, ownership: Ownership, name: String
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type TagAssociation { tag: Tag }
type TagProperties { name: String, description: String }
type TypeQualifier { allowedTypes: [EntityTypeEntity] }
`
