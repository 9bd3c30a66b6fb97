import type { SchemaFieldType } from '../relational/schema-field-type.js'

/**
 * From the declared type to DataHub's: names people mean something by first
 * (dates, booleans), then SQLite's own affinity rules (datatype3.html §3.1).
 */
export function schemaFieldType(declared: string): SchemaFieldType {
  const type = declared.toUpperCase()
  if (type === '') return 'NullType'
  if (type.includes('BOOL')) return 'BooleanType'
  if (/\b(DATETIME|TIMESTAMP|TIMESTAMPTZ|TIME)\b/.test(type)) return 'TimeType'
  if (/\bDATE\b/.test(type)) return 'DateType'
  if (type.includes('INT')) return 'NumberType'
  if (/CHAR|CLOB|TEXT|UUID|JSON|STRING/.test(type)) return 'StringType'
  if (type.includes('BLOB')) return 'BytesType'
  return 'NumberType'
}
