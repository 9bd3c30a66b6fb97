/** What can be asked, and the results of searches. */
export const SEARCH_TYPES = `
scalar Long
enum EntityType {
  APPLICATION ASSERTION BUSINESS_ATTRIBUTE CHART CONTAINER CORP_GROUP CORP_USER CUSTOM_OWNERSHIP_TYPE
  DASHBOARD DATA_FLOW DATA_JOB DATA_PLATFORM DATA_PLATFORM_INSTANCE DATA_PROCESS_INSTANCE DATA_PRODUCT
  DATA_TYPE DATAHUB_VIEW DATASET DOCUMENT DOMAIN ENTITY_TYPE GLOSSARY_NODE GLOSSARY_TERM INCIDENT
  MLFEATURE MLFEATURE_TABLE MLMODEL MLMODEL_GROUP MLPRIMARY_KEY NOTEBOOK QUERY SCHEMA_FIELD
  STRUCTURED_PROPERTY TAG
}
interface Entity {
  urn: String!, type: EntityType!, relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type AggregationMetadata { value: String, count: Int, entity: Entity, displayName: String }
type AuthenticatedUser { corpUser: CorpUser }
type CorpUserSettings { views: CorpUserViewsSettings }
type CorpUserViewsSettings { defaultView: DataHubView }
type DataHubView implements Entity {
  urn: String!, type: EntityType!, relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type EntityPath { path: [Entity] }
type EntityRelationship { type: String, entity: Entity }
type EntityRelationshipsResult { total: Int, relationships: [EntityRelationship] }
type FacetMetadata { field: String, displayName: String, aggregations: [AggregationMetadata] }
type GlobalViewsSettings { defaultView: String }
type ListOwnershipTypesResult {
  start: Int, count: Int, total: Int, ownershipTypes: [OwnershipTypeEntity]
}
type ListQueriesResult { start: Int, total: Int, count: Int, queries: [QueryEntity] }
type Query {
  entity(urn: String!): Entity
  searchAcrossLineage(input: SearchAcrossLineageInput!): SearchAcrossLineageResults
  searchAcrossEntities(input: SearchAcrossEntitiesInput!): SearchResults
  listQueries(input: ListQueriesInput!): ListQueriesResult, entities(urns: [String!]!): [Entity]
  me: AuthenticatedUser, globalViewsSettings: GlobalViewsSettings
  listOwnershipTypes(input: ListOwnershipTypesInput!): ListOwnershipTypesResult
}
type RelatedDocumentsResult { start: Int, count: Int, total: Int, documents: [Document] }
type SearchAcrossLineageResult { entity: Entity, paths: [EntityPath], degree: Int }
type SearchAcrossLineageResults {
  total: Int, facets: [FacetMetadata], searchResults: [SearchAcrossLineageResult]
}
type SearchResult { entity: Entity }
type SearchResults {
  total: Int, searchResults: [SearchResult], start: Int, count: Int, facets: [FacetMetadata]
}
enum FilterOperator {
  CONTAIN EQUAL IEQUAL IN EXISTS GREATER_THAN GREATER_THAN_OR_EQUAL_TO LESS_THAN LESS_THAN_OR_EQUAL_TO
  START_WITH END_WITH
}
enum LineageDirection { UPSTREAM DOWNSTREAM }
enum QuerySource { MANUAL SYSTEM }
enum RelationshipDirection { INCOMING OUTGOING }
enum SortOrder { ASCENDING DESCENDING }
input FacetFilterInput {
  field: String!, condition: FilterOperator, values: [String!], value: String, negated: Boolean
}
input AndFilterInput { and: [FacetFilterInput!] }
input SearchFlags { skipHighlighting: Boolean, maxAggValues: Int, skipAggregates: Boolean, skipCache: Boolean }
input SortCriterion { field: String!, sortOrder: SortOrder! }
input SearchSortInput { sortCriterion: SortCriterion, sortCriteria: [SortCriterion!] }
input SearchAcrossEntitiesInput {
  types: [EntityType!], query: String!, start: Int, count: Int, filters: [FacetFilterInput!]
  orFilters: [AndFilterInput!], searchFlags: SearchFlags, viewUrn: String, sortInput: SearchSortInput
}
input SearchAcrossLineageInput {
  urn: String, direction: LineageDirection!, types: [EntityType!], query: String, start: Int, count: Int
  filters: [FacetFilterInput!], orFilters: [AndFilterInput!], searchFlags: SearchFlags
}
input ListQueriesInput {
  start: Int, count: Int, source: QuerySource, datasetUrn: String, orFilters: [AndFilterInput!]
}
input ListOwnershipTypesInput { start: Int, count: Int, query: String }
input DomainEntitiesInput { query: String, start: Int, count: Int, filters: [FacetFilterInput!] }
input RelatedDocumentsInput { start: Int, count: Int }
input RelationshipsInput { types: [String!]!, direction: RelationshipDirection!, start: Int, count: Int }
`
