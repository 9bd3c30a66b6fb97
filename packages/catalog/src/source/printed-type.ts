import type { SchemaFieldType } from './relational/schema-field-type.js'

/** By the word a type begins with. What is not here says too little, and is `NullType`. */
const BY_WORD: Readonly<Partial<Record<SchemaFieldType, string>>> = {
  NumberType:
    'int integer bigint smallint tinyint mediumint hugeint uinteger ubigint unsigned int2 int4 int8 int16 int32 int64 uint8 uint16 uint32 uint64 byte byteint serial smallserial bigserial number numeric decimal bignumeric bigdecimal real float float4 float8 float32 float64 double money smallmoney long short',
  StringType:
    'text string varchar varchar2 nvarchar nvarchar2 tinytext mediumtext longtext char nchar character bpchar citext clob nclob uuid name fixedstring',
  BooleanType: 'bool boolean bit',
  DateType: 'date date32',
  TimeType:
    'time timetz timestamp timestamptz timestamp_ntz timestamp_ltz timestamp_tz datetime datetime2 datetime64 interval',
  BytesType: 'bytea bytes blob tinyblob mediumblob longblob binary varbinary',
  ArrayType: 'array list',
  RecordType: 'struct record object map json jsonb variant super row tuple',
  EnumType: 'enum enum8 enum16',
}

const TYPES: ReadonlyMap<string, SchemaFieldType> = new Map(
  Object.entries(BY_WORD).flatMap(([type, words]) =>
    words.split(' ').map((word) => [word, type as SchemaFieldType] as const),
  ),
)

/** DataHub's type of a field by its type as any warehouse or program prints it. */
export function schemaFieldType(printed: string): SchemaFieldType {
  const type = printed.toLowerCase().trim()
  if (type.endsWith('[]')) return 'ArrayType'
  const [word = ''] = /^[a-z_]\w*/.exec(type.replace(/^(?:nullable|lowcardinality)\(/, '')) ?? []
  return TYPES.get(word) ?? 'NullType'
}
