import { expect, it } from 'vitest'
import { schemaFieldType } from './printed-type.js'

it.each([
  ['INTEGER', 'NumberType'],
  ['decimal(10, 2)', 'NumberType'],
  ['double precision', 'NumberType'],
  ['unsigned int', 'NumberType'],
  ['interval', 'TimeType'],
  ['timestamp without time zone', 'TimeType'],
  ['TIMESTAMP_NTZ(9)', 'TimeType'],
  ['date', 'DateType'],
  ['character varying(40)', 'StringType'],
  ['VARCHAR2(20)', 'StringType'],
  ['longtext', 'StringType'],
  ['LowCardinality(String)', 'StringType'],
  ['array<int>', 'ArrayType'],
  ['text[]', 'ArrayType'],
  ['struct<a:int>', 'RecordType'],
  ["Enum8('a' = 1)", 'EnumType'],
  ["enum('a','b')", 'EnumType'],
  ['boolean', 'BooleanType'],
  ['bytea', 'BytesType'],
  ['geography', 'NullType'],
  ['', 'NullType'],
])('the printed type %j is of type %s', (printed, type) => expect(schemaFieldType(printed)).toBe(type))
