import { type Diagnostic, readMistake } from '@groundplane/core'
import { didYouMean } from '../did-you-mean.js'
import { type YamlEntry, type YamlPlace, YamlReader } from '../yaml-reader.js'
import {
  ASSERTION_TYPES,
  type AssertionClaim,
  type AssertionType,
  type Bounds,
  type CheckedAssertion,
  claimDigest,
  parseDurationMs,
  SEVERITIES,
  type Severity,
} from './assertion-definition.js'

/** Mistakes of an assertion file, also those of its queries that can be seen without their database. */
export function checkAssertions(text: string, file?: string): Diagnostic[] {
  return parseFile(text, file, readMistake).diagnostics
}

/**
 * `{version: 1, assertions: {<name>: {dataset, column?, type, …}}}`. Assertions that
 * check are given even when others do not; do not run a set that has errors. A query that no database would
 * run is none here: it is refused before it is applied, and one that was applied fails alone.
 */
export function parseAssertions(
  text: string,
  file?: string,
): { assertions: CheckedAssertion[]; diagnostics: Diagnostic[] } {
  return parseFile(text, file, () => undefined)
}

/** What is wrong with a query of an `sql` assertion. */
type QueryMistake = (query: string) => string | undefined

function parseFile(text: string, file: string | undefined, mistakeOf: QueryMistake) {
  const reader = new YamlReader(text, file)
  const assertions = reader.root ? readFile(reader, reader.root, mistakeOf) : []
  return { assertions, diagnostics: reader.diagnostics }
}

const COMMON = ['dataset', 'column', 'type', 'description', 'severity']

/** Keys each type takes besides the common ones, and whether it is about a column. */
const TYPES: Readonly<
  Record<AssertionType, { keys: readonly string[]; column: 'required' | 'optional' | 'none' }>
> = {
  not_null: { keys: [], column: 'required' },
  unique: { keys: ['columns'], column: 'optional' },
  accepted_values: { keys: ['values'], column: 'required' },
  relationship: { keys: ['to'], column: 'required' },
  row_count: { keys: ['equals', 'min', 'max'], column: 'none' },
  length: { keys: ['equals', 'min', 'max'], column: 'required' },
  range: { keys: ['min', 'max'], column: 'required' },
  freshness: { keys: ['max_age'], column: 'required' },
  sql: { keys: ['query'], column: 'optional' },
}

function readFile(reader: YamlReader, root: YamlPlace, mistakeOf: QueryMistake): CheckedAssertion[] {
  const entries = reader.entries(root, ['version', 'assertions'])
  if (!entries) return []
  const version = reader.entry(root, entries, 'version', true)
  if (version && reader.number(version) !== undefined && (version.node as { value?: unknown }).value !== 1) {
    reader.reportAt(
      version,
      'version_unsupported',
      'only version 1 of the assertion file is known',
      'Write "version: 1".',
    )
  }
  const section = reader.entry(root, entries, 'assertions', true)
  const seen = new Map<string, string>()
  return ((section && reader.entries(section)) ?? []).flatMap((entry) => {
    const assertion = readAssertion(reader, entry, mistakeOf)
    if (!assertion) return []
    const digest = claimDigest(assertion)
    const twin = seen.get(digest)
    if (twin !== undefined) {
      reader.report(
        'duplicate_assertion',
        `"${entry.key}" claims the same as "${twin}"`,
        'Remove one of them.',
        entry.keyRange,
        entry.path,
      )
      return []
    }
    seen.set(digest, entry.key)
    return [assertion]
  })
}

function readAssertion(
  reader: YamlReader,
  entry: YamlEntry,
  mistakeOf: QueryMistake,
): CheckedAssertion | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(entry.key)) {
    reader.report(
      'assertion_name_invalid',
      `"${entry.key}" is not a name for an assertion`,
      'Use letters, digits, "_", "-" and ".", starting with a letter.',
      entry.keyRange,
      entry.path,
    )
  }
  const all = reader.entries(entry)
  if (!all) return undefined
  const type = readType(reader, entry, all)
  if (!type) return undefined
  const before = errorCount(reader)
  const { keys, column } = TYPES[type]
  const members = reader.entries(entry, [...COMMON, ...keys]) ?? []
  const read = new MemberReader(reader, entry, members)
  const dataset = read.text('dataset', true)
  const columnName = columnOf(read, column, type)
  const description = read.text('description')
  const severity = read.choice<Severity>('severity', SEVERITIES)
  const claim = readClaim(type, read, mistakeOf)
  if (errorCount(reader) > before || dataset === undefined || !claim) return undefined
  return {
    name: entry.key,
    dataset,
    ...(columnName !== undefined && { column: columnName }),
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...claim,
  }
}

function errorCount(reader: YamlReader): number {
  return reader.diagnostics.filter((d) => d.severity === 'error').length
}

function readType(
  reader: YamlReader,
  entry: YamlEntry,
  members: readonly YamlEntry[],
): AssertionType | undefined {
  const place = reader.entry(entry, members, 'type', true)
  const type = place && reader.string(place)
  if (place === undefined || type === undefined) return undefined
  if ((ASSERTION_TYPES as readonly string[]).includes(type)) return type as AssertionType
  const hint = didYouMean(type, ASSERTION_TYPES).trim()
  reader.reportAt(
    place,
    'assertion_type_unknown',
    `there is no assertion type "${type}"`,
    hint || `Use one of: ${ASSERTION_TYPES.join(', ')}.`,
  )
  return undefined
}

function columnOf(
  read: MemberReader,
  rule: 'required' | 'optional' | 'none',
  type: AssertionType,
): string | undefined {
  if (rule === 'none') {
    const place = read.place('column')
    if (place)
      read.fail(
        place,
        'column_not_allowed',
        `${type} is about a whole dataset, not a column`,
        'Remove "column".',
      )
    return undefined
  }
  return read.text('column', rule === 'required')
}

/** Reads the members of one assertion by name. */
class MemberReader {
  readonly #reader: YamlReader
  readonly #entry: YamlEntry
  readonly #members: readonly YamlEntry[]

  constructor(reader: YamlReader, entry: YamlEntry, members: readonly YamlEntry[]) {
    this.#reader = reader
    this.#entry = entry
    this.#members = members
  }

  get entry(): YamlEntry {
    return this.#entry
  }

  place(key: string, required = false): YamlEntry | undefined {
    return this.#reader.entry(this.#entry, this.#members, key, required)
  }

  fail(place: YamlPlace, code: string, message: string, remedy: string): undefined {
    this.#reader.reportAt(place, code, message, remedy)
    return undefined
  }

  text(key: string, required = false): string | undefined {
    const place = this.place(key, required)
    return place && this.#reader.string(place)
  }

  /** A whole number of at least 0. */
  count(key: string): number | undefined {
    const place = this.place(key)
    const value = place && this.#reader.number(place)
    if (place === undefined || value === undefined || (Number.isInteger(value) && value >= 0)) return value
    return this.fail(
      place,
      'count_invalid',
      `${place.path} must be a whole number of at least 0`,
      'Write a whole number.',
    )
  }

  choice<T extends string>(key: string, values: readonly T[]): T | undefined {
    const place = this.place(key)
    const value = place && this.#reader.string(place)
    if (place === undefined || value === undefined) return undefined
    if ((values as readonly string[]).includes(value)) return value as T
    return this.fail(
      place,
      'value_unknown',
      `${key} cannot be "${value}"`,
      `Use one of: ${values.join(', ')}.`,
    )
  }

  scalars(key: string): (string | number | boolean)[] | undefined {
    const place = this.place(key, true)
    const items = place && this.#reader.items(place)
    if (place === undefined || items === undefined) return undefined
    if (items.length === 0)
      return this.fail(place, 'empty_value', `${place.path} is empty`, 'List at least one value.')
    return items.flatMap((item) => this.#reader.scalar(item) ?? [])
  }

  names(key: string): string[] | undefined {
    const place = this.place(key)
    return place && this.#reader.strings(place)?.map((s) => s.value)
  }

  members(key: string, known: readonly string[]): MemberReader | undefined {
    const place = this.place(key, true)
    const members = place && this.#reader.entries(place, known)
    return members && new MemberReader(this.#reader, place, members)
  }

  bound(key: string): string | number | undefined {
    const place = this.place(key)
    const value = place && this.#reader.scalar(place)
    if (place !== undefined && typeof value === 'boolean')
      return this.fail(
        place,
        'wrong_type',
        `${place.path} must be a number or a text`,
        'Write a number, or a text such as a date.',
      )
    return value as string | number | undefined
  }
}

function readClaim(
  type: AssertionType,
  read: MemberReader,
  mistakeOf: QueryMistake,
): AssertionClaim | undefined {
  switch (type) {
    case 'not_null':
      return { type, parameters: {} }
    case 'unique':
      return readUnique(read)
    case 'accepted_values': {
      const values = read.scalars('values')
      return values && { type, parameters: { values } }
    }
    case 'relationship': {
      const to = read.members('to', ['dataset', 'column'])
      const dataset = to?.text('dataset', true)
      const column = to?.text('column', true)
      return dataset !== undefined && column !== undefined
        ? { type, parameters: { to: { dataset, column } } }
        : undefined
    }
    case 'row_count':
    case 'length': {
      const parameters = readBounds(read)
      return parameters && { type, parameters }
    }
    case 'range':
      return readRange(read)
    case 'freshness': {
      const place = read.place('max_age', true)
      const age = read.text('max_age')
      if (place === undefined || age === undefined) return undefined
      if (parseDurationMs(age) === undefined)
        return read.fail(
          place,
          'duration_invalid',
          `"${age}" is not a duration`,
          'Write a number and s, m, h, d or w, such as 24h.',
        )
      return { type, parameters: { max_age: age } }
    }
    case 'sql': {
      const place = read.place('query', true)
      const query = place && read.text('query')
      if (place === undefined || query === undefined) return undefined
      const mistake = mistakeOf(query)
      if (mistake !== undefined)
        return read.fail(
          place,
          'assertion_query_invalid',
          `${place.path} is no single SELECT: it ${mistake}`,
          'Write one SELECT of the rows that fail.',
        )
      return { type, parameters: { query } }
    }
  }
}

function readUnique(read: MemberReader): AssertionClaim | undefined {
  const columns = read.names('columns')
  const column = read.place('column')
  if (columns && column)
    return read.fail(
      column,
      'column_not_allowed',
      'unique takes "column" or "columns", not both',
      'Remove one of them.',
    )
  if (!columns && !column)
    return read.fail(
      read.entry,
      'missing_key',
      `${read.entry.path} has neither "column" nor "columns"`,
      'Add the column, or the list of columns, that must be unique.',
    )
  return { type: 'unique', parameters: columns ? { columns } : {} }
}

/** What has to hold of the bounds of every type; false when it does not, and is reported. */
function boundsHold<T extends number | string>(
  read: MemberReader,
  {
    equals,
    min,
    max,
  }: { readonly equals?: T | undefined; readonly min?: T | undefined; readonly max?: T | undefined },
  takesEquals: boolean,
): boolean {
  const fail = (code: string, message: string, remedy: string): boolean => {
    read.fail(read.entry, code, `${read.entry.path} ${message}`, remedy)
    return false
  }
  const given = ['equals', 'min', 'max'].filter((key) => read.place(key))
  if (given.length === 0)
    return fail(
      'missing_key',
      'has no bound',
      takesEquals ? 'Add "equals", or "min" and/or "max".' : 'Add "min", "max" or both.',
    )
  if (equals !== undefined && given.length > 1)
    return fail('bounds_invalid', 'has "equals" and another bound', 'Keep "equals", or "min" and "max".')
  if (min === undefined || max === undefined) return true
  if (typeof min !== typeof max)
    return fail(
      'bounds_invalid',
      'compares a number with a text',
      'Write both bounds as numbers or both as texts.',
    )
  return (
    min <= max || fail('bounds_invalid', `has a min of ${min} above its max of ${max}`, 'Swap the bounds.')
  )
}

function readBounds(read: MemberReader): Bounds | undefined {
  const [equals, min, max] = [read.count('equals'), read.count('min'), read.count('max')]
  if (!boundsHold(read, { equals, min, max }, true)) return undefined
  return {
    ...(equals !== undefined && { equals }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }
}

function readRange(read: MemberReader): AssertionClaim | undefined {
  const [min, max] = [read.bound('min'), read.bound('max')]
  if (!boundsHold(read, { min, max }, false)) return undefined
  return {
    type: 'range',
    parameters: { ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
  }
}
