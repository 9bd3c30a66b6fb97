/** Assertions with their runs, and incidents. */
export const QUALITY_TYPES = `
enum AssertionRunStatus { COMPLETE }
type Assertion implements Entity {
  urn: String!, type: EntityType!, info: AssertionInfo, platform: DataPlatform
  runEvents(status: AssertionRunStatus, limit: Int): AssertionRunEventsResult
  tags: GlobalTags, relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type AssertionInfo {
  type: String, description: String, lastUpdated: AuditStamp, datasetAssertion: DatasetAssertionInfo
  fieldAssertion: FieldAssertionInfo, volumeAssertion: VolumeAssertionInfo, sqlAssertion: SqlAssertionInfo
  source: AssertionSource, note: String, externalUrl: String, entityUrn: String
  freshnessAssertion: FreshnessAssertionInfo, schemaAssertion: SchemaAssertionInfo
  customAssertion: CustomAssertionInfo
}
type AssertionResult {
  type: String, actualAggValue: Float, externalUrl: String, nativeResults: [StringMapEntry], rowCount: Long
  missingCount: Long, unexpectedCount: Long, error: AssertionResultError
}
type AssertionResultError { type: String, displayMessage: String }
type AssertionRunEvent { timestampMillis: Long, status: String, result: AssertionResult }
type AssertionRunEventsResult { total: Int, failed: Int, succeeded: Int, runEvents: [AssertionRunEvent] }
type AssertionSource { type: String, created: AuditStamp }
type AssertionStdParameter { value: String, type: String }
type AssertionStdParameters {
  value: AssertionStdParameter, minValue: AssertionStdParameter, maxValue: AssertionStdParameter
}
type CustomAssertionInfo { type: String, entityUrn: String, field: SchemaFieldRef, logic: String }
type DatasetAssertionInfo {
  datasetUrn: String, scope: String, aggregation: String, operator: String
  parameters: AssertionStdParameters, fields: [SchemaFieldRef], nativeType: String
  nativeParameters: [StringMapEntry], logic: String
}
type DatasetFilter { type: String, sql: String }
type FieldAssertionInfo {
  type: String, entityUrn: String, fieldValuesAssertion: FieldValuesAssertion
  fieldMetricAssertion: FieldMetricAssertion, filter: DatasetFilter
}
type FieldMetricAssertion {
  field: SchemaFieldSpec, metric: String, operator: String, parameters: AssertionStdParameters
}
type FieldTransform { type: String }
type FieldValuesAssertion {
  field: SchemaFieldSpec, operator: String, parameters: AssertionStdParameters
  failThreshold: FieldValuesFailThreshold, excludeNulls: Boolean, transform: FieldTransform
}
type FieldValuesFailThreshold { type: String, value: Long }
type FixedIntervalSchedule { unit: String, multiple: Int }
type FreshnessAssertionInfo {
  entityUrn: String, type: String, schedule: FreshnessAssertionSchedule, filter: DatasetFilter
}
type FreshnessAssertionSchedule {
  type: String, cron: FreshnessCronSchedule, fixedInterval: FixedIntervalSchedule
}
type FreshnessCronSchedule { cron: String, timezone: String }
type Incident implements Entity {
  urn: String!, type: EntityType!, incidentType: String, customType: String, title: String
  description: String, priority: String, startedAt: Long, created: AuditStamp, assignees: [OwnerType]
  entity: Entity, source: IncidentSource, tags: GlobalTags
  relationships(input: RelationshipsInput!): EntityRelationshipsResult
}
type IncidentSource { type: String, source: Entity }
type RowCountChange { type: String, operator: String, parameters: AssertionStdParameters }
type RowCountTotal { operator: String, parameters: AssertionStdParameters }
type SchemaAssertionField { path: String, type: String, nativeType: String }
type SchemaAssertionInfo { entityUrn: String, compatibility: String, fields: [SchemaAssertionField] }
type SchemaFieldRef { urn: String!, path: String }
type SchemaFieldSpec { path: String, type: String, nativeType: String }
type SqlAssertionInfo {
  type: String, entityUrn: String, statement: String, operator: String, parameters: AssertionStdParameters
  changeType: String
}
type StringMapEntry { key: String, value: String }
type VolumeAssertionInfo {
  type: String, entityUrn: String, rowCountTotal: RowCountTotal, rowCountChange: RowCountChange
  filter: DatasetFilter
}
`
