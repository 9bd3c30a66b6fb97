import type { SchemaFieldType } from '../relational/schema-field-type.js'

/** `typcategory` of PostgreSQL (catalog pg_type) to DataHub's types; what is left out has no counterpart. */
const BY_CATEGORY: Readonly<Record<string, SchemaFieldType>> = {
  A: 'ArrayType',
  B: 'BooleanType',
  C: 'RecordType',
  D: 'TimeType',
  E: 'EnumType',
  I: 'StringType',
  N: 'NumberType',
  R: 'RecordType',
  S: 'StringType',
  T: 'TimeType',
  V: 'BytesType',
}

/** Types of category U (user-defined), which says nothing, and those whose category says too little. */
const BY_NAME: Readonly<Record<string, SchemaFieldType>> = {
  bytea: 'BytesType',
  date: 'DateType',
  json: 'RecordType',
  jsonb: 'RecordType',
  hstore: 'RecordType',
  uuid: 'StringType',
  xml: 'StringType',
  tsvector: 'StringType',
}

/** From a type's own name (of a domain: the type below it) and category to DataHub's type of a field. */
export function schemaFieldType(name: string, category: string): SchemaFieldType {
  return BY_NAME[name] ?? BY_CATEGORY[category] ?? 'NullType'
}
