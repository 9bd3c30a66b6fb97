/** DataHub's types of schema fields, without the ending of its package. */
export type SchemaFieldType =
  | 'ArrayType'
  | 'BooleanType'
  | 'BytesType'
  | 'DateType'
  | 'EnumType'
  | 'NullType'
  | 'NumberType'
  | 'RecordType'
  | 'StringType'
  | 'TimeType'
