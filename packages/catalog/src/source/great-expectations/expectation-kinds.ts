import type { Json, JsonObject } from '../../aspect/proposal.js'
import type { AssertionType } from '../assertion/assertion-definition.js'

/** What an expectation claims, in our words and in DataHub's. */
export interface ExpectationKind {
  /** One of ours; the name that Great Expectations has for it where there is none. */
  readonly check: string
  readonly operator: string
  readonly aggregation: string
  readonly scope: 'DATASET_COLUMN' | 'DATASET_ROWS' | 'DATASET_SCHEMA'
  /** In our names where the check is ours; what the expectation says beyond that keeps its own. */
  readonly parameters: JsonObject
}

interface Mapping {
  readonly check: AssertionType
  readonly operator: string
  readonly aggregation: string
  /** Our names of its arguments. */
  readonly names?: Readonly<Record<string, string>>
  /** Arguments that must be there, without which it claims something else. */
  readonly needs?: readonly string[]
}

const IDENTITY = 'IDENTITY'
const BOUNDS = { min_value: 'min', max_value: 'max' } as const
const EQUALS = { value: 'equals' } as const

/** Expectations that claim what one of our kinds does. */
const MAPPINGS: Readonly<Record<string, Mapping>> = {
  expect_column_values_to_not_be_null: { check: 'not_null', operator: 'NOT_NULL', aggregation: IDENTITY },
  // DataHub's own spelling
  expect_column_values_to_be_unique: {
    check: 'unique',
    operator: 'EQUAL_TO',
    aggregation: 'UNIQUE_PROPOTION',
  },
  expect_compound_columns_to_be_unique: {
    check: 'unique',
    operator: 'EQUAL_TO',
    aggregation: 'UNIQUE_PROPOTION',
    names: { column_list: 'columns' },
    needs: ['column_list'],
  },
  expect_column_values_to_be_in_set: acceptedValues(),
  expect_column_distinct_values_to_be_in_set: acceptedValues(),
  expect_table_row_count_to_equal: {
    check: 'row_count',
    operator: 'EQUAL_TO',
    aggregation: 'ROW_COUNT',
    names: EQUALS,
    needs: ['value'],
  },
  expect_table_row_count_to_be_between: {
    check: 'row_count',
    operator: 'BETWEEN',
    aggregation: 'ROW_COUNT',
    names: BOUNDS,
  },
  expect_column_value_lengths_to_equal: {
    check: 'length',
    operator: '_NATIVE_',
    aggregation: '_NATIVE_',
    names: EQUALS,
    needs: ['value'],
  },
  expect_column_value_lengths_to_be_between: {
    check: 'length',
    operator: '_NATIVE_',
    aggregation: '_NATIVE_',
    names: BOUNDS,
  },
  expect_column_values_to_be_between: {
    check: 'range',
    operator: 'BETWEEN',
    aggregation: IDENTITY,
    names: BOUNDS,
  },
  unexpected_rows_expectation: {
    check: 'sql',
    operator: '_NATIVE_',
    aggregation: '_NATIVE_',
    names: { unexpected_rows_query: 'query' },
    needs: ['unexpected_rows_query'],
  },
}

function acceptedValues(): Mapping {
  return {
    check: 'accepted_values',
    operator: 'IN',
    aggregation: IDENTITY,
    names: { value_set: 'values' },
    needs: ['value_set'],
  }
}

/** Ours are inclusive. */
const EXCLUSIVE = ['strict_min', 'strict_max'] as const
/** How a result was asked for, and not what is claimed. */
const NO_CLAIM: ReadonlySet<string> = new Set(['result_format', 'catch_exceptions', 'column'])

/** Pure. */
export function kindOf(type: string, kwargs: JsonObject): ExpectationKind {
  const stated = Object.entries(kwargs).filter(([name, value]) => !NO_CLAIM.has(name) && value !== null)
  const scope = scopeOf(type, kwargs)
  const mapping = Object.hasOwn(MAPPINGS, type) ? MAPPINGS[type] : undefined
  const has = (name: string): boolean => stated.some(([key]) => key === name)
  if (!mapping || !(mapping.needs ?? []).every(has) || EXCLUSIVE.some((name) => kwargs[name] === true))
    return {
      check: type,
      operator: '_NATIVE_',
      aggregation: '_NATIVE_',
      scope,
      parameters: Object.fromEntries(stated),
    }
  const { check, operator, aggregation, names = {} } = mapping
  const parameters = stated
    .filter(([name]) => !EXCLUSIVE.includes(name as never))
    .map(([name, value]): [string, Json] => [names[name] ?? name, value])
  return { check, operator, aggregation, scope, parameters: Object.fromEntries(parameters) }
}

function scopeOf(type: string, kwargs: JsonObject): ExpectationKind['scope'] {
  if (/^expect_(table_column|column_to_exist$)/.test(type)) return 'DATASET_SCHEMA'
  return typeof kwargs['column'] === 'string' ? 'DATASET_COLUMN' : 'DATASET_ROWS'
}
