import type { SchemaFieldType } from '../relational/schema-field-type.js'

/** By the word a type begins with. What is not here says too little, and is `NullType`. */
const BY_WORD: Readonly<Record<SchemaFieldType, string>> = {
  NumberType:
    'int integer bigint smallint tinyint mediumint hugeint uinteger ubigint int2 int4 int8 int16 int32 int64 uint8 uint16 uint32 uint64 byteint serial bigserial number numeric decimal bignumeric bigdecimal real float float4 float8 float32 float64 double money long short',
  StringType: 'text string varchar nvarchar char nchar character bpchar clob uuid name enum fixedstring',
  BooleanType: 'bool boolean bit',
  DateType: 'date date32',
  TimeType:
    'time timetz timestamp timestamptz timestamp_ntz timestamp_ltz timestamp_tz datetime datetime2 datetime64 interval',
  BytesType: 'bytea bytes blob binary varbinary',
  ArrayType: 'array list',
  RecordType: 'struct record object map json jsonb variant super row tuple',
  EnumType: '',
  NullType: '',
}

const TYPES: ReadonlyMap<string, SchemaFieldType> = new Map(
  Object.entries(BY_WORD).flatMap(([type, words]) =>
    words.split(' ').map((word) => [word, type as SchemaFieldType] as const),
  ),
)

/** From a type as any warehouse prints it to DataHub's type of a field. */
export function schemaFieldType(native: string): SchemaFieldType {
  const type = native.toLowerCase().trim()
  if (type.endsWith('[]')) return 'ArrayType'
  return (
    TYPES.get(/^[a-z_]\w*/.exec(type.replace(/^(?:nullable|lowcardinality)\(/, ''))?.[0] ?? '') ?? 'NullType'
  )
}
