/**
 * The two languages of the graph plane: `.pg` schemas and `.gq` queries. Text in,
 * checked plain data and diagnostics out. Pure: no I/O, no clock, no state between
 * calls. Not for running queries or planning migrations; those read the data.
 * What only editors and formatters need stands apart, in `editor.ts` and `format/format.ts`
 * (`@groundplane/lang/editor`, `/format`): whoever runs queries does not load it.
 */

export { type PortablePattern, portablePattern } from './check/pattern.js'
export {
  type CheckQueriesResult,
  checkQueries,
  type ParseQueriesResult,
  parseQueries,
} from './check/query-checker.js'
export { checkSchema, type SchemaResult } from './check/schema-checker.js'
export { DIAGNOSTIC_CODES, type DiagnosticCode, type DiagnosticCodeName } from './diagnostic-codes.js'
export type {
  Assignment,
  BindClause,
  CheckedQuery,
  Clause,
  ComparisonOperator,
  ExistsClause,
  Expression,
  FilterClause,
  NotClause,
  OptionalClause,
  Ordering,
  ParamModel,
  Predicate,
  Projection,
  ReadQuery,
  SearchCall,
  TraverseClause,
  VariableModel,
  WritePredicate,
  WriteQuery,
  WriteStatement,
  WriteValue,
} from './ir/query-ir.js'
export { schemaDigest } from './ir/schema-digest.js'
export type {
  AnnotationModel,
  CheckConstraint,
  EdgeModel,
  InterfaceModel,
  LiteralValue,
  NodeModel,
  PropertyModel,
  RangeConstraint,
  ScalarName,
  SchemaModel,
  ValueType,
} from './ir/schema-model.js'
export { type GraphSources, LARGE_TYPE_ROWS, lintGraph, type SourceText } from './lint/graph-lints.js'
export type { ParsedQueries, ParsedQuery } from './syntax/query-ast.js'
