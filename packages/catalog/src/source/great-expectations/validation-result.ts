import type { JsonObject } from '../../aspect/proposal.js'
import { guarded, Shape, ShapeError } from '../../ingest/shape.js'
import { timeIn } from '../json-file.js'

/** How one expectation came off in one validation. */
export interface ExpectationResult {
  /** `expect_column_values_to_not_be_null`: the name that Great Expectations has for it. */
  readonly type: string
  /** Its arguments, without the batch they were evaluated on. */
  readonly kwargs: JsonObject
  readonly description?: string
  /** Of versions from 1.0 on. */
  readonly severity?: string
  readonly outcome: 'SUCCESS' | 'FAILURE' | 'ERROR'
  /** Why it could not be evaluated. */
  readonly message?: string
  readonly elementCount?: number
  readonly unexpectedCount?: number
  /** Where it is a number; other observations may quote the data. */
  readonly observed?: number
}

/** One file of a store: a suite, validated on a batch of an asset. */
export interface ValidationResult {
  readonly suite: string
  /** Table, and schema where the asset names it; else the name of the asset. */
  readonly table: string
  readonly schema?: string
  readonly batch?: string
  /** Whether the batch is a part of the asset. */
  readonly partial: boolean
  readonly runName?: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly results: readonly ExpectationResult[]
}

/**
 * Reads a validation result as the stores of versions 0.13 to 1.x hold it. What does not have its shape is handed to
 * `report`, with its place; then the result is undefined.
 */
export function readValidationResult(
  root: Shape,
  report: (path: string, message: string) => void,
): ValidationResult | undefined {
  const frame = guarded(report, 'meta', () => frameOf(root))
  let sound = true
  const results = guarded(report, 'results', () => {
    const list = root.raw('results')
    if (!Array.isArray(list)) throw new ShapeError('results must be a list')
    return list.flatMap((value: unknown, i) => {
      const path = `results[${i}]`
      const result = guarded(report, path, () => expectationResult(new Shape(value, path)))
      sound &&= result !== undefined
      return result ?? []
    })
  })
  return frame && results && sound ? { ...frame, results } : undefined
}

function frameOf(root: Shape): Omit<ValidationResult, 'results'> {
  const meta = new Shape(root.raw('meta'), 'meta')
  const definition = meta.object('active_batch_definition')
  const spec = meta.object('batch_spec')
  const table = spec?.string('table_name') ?? definition?.string('data_asset_name')
  if (table === undefined) throw new ShapeError('meta must name the table or the asset that was validated')
  const run = meta.object('run_id')
  const at = timeIn(meta, 'validation_time') ?? (run && timeIn(run, 'run_time'))
  if (at === undefined) throw new ShapeError('meta.validation_time must be a time')
  const [schema, runName] = [spec?.string('schema_name'), run?.string('run_name')]
  const identifiers = definition?.object('batch_identifiers')
  const batch = identifiers?.keys().some((key) => identifiers.raw(key) !== WHOLE_FRAME)
    ? printed(definition?.raw('batch_identifiers'))
    : undefined
  return {
    suite: root.string('suite_name') ?? meta.requiredString('expectation_suite_name'),
    table,
    at,
    partial: batch !== undefined,
    ...(schema !== undefined && { schema }),
    ...(batch !== undefined && { batch }),
    ...(runName !== undefined && { runName }),
  }
}

/** What stands for a data frame that was handed over: the whole of the asset. */
const WHOLE_FRAME = '<DATAFRAME>'

function printed(value: unknown): string {
  return JSON.stringify(value)
}

function expectationResult(result: Shape): ExpectationResult {
  const config = new Shape(result.raw('expectation_config'), `${result.path}.expectation_config`)
  const { batch_id: _, ...given } = (config.object('kwargs') ? config.raw('kwargs') : {}) as JsonObject
  // The store sorts them, and what a checkpoint gives back has them as they were written.
  const kwargs = Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1)))
  const success = result.bool('success')
  if (success === undefined) throw new ShapeError(`${result.path}.success must be true or false`)
  const message = exceptionIn(result.object('exception_info'))
  const found = result.object('result')
  const [elementCount, unexpectedCount] = [
    found?.integer('element_count'),
    found?.integer('unexpected_count'),
  ]
  const observed = found?.raw('observed_value')
  const description = config.string('description') ?? notesOf(config)
  const severity = config.string('severity')
  return {
    type: config.string('type') ?? config.requiredString('expectation_type'),
    kwargs,
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    outcome: message !== undefined ? 'ERROR' : success ? 'SUCCESS' : 'FAILURE',
    ...(message !== undefined && { message }),
    ...(elementCount !== undefined && { elementCount }),
    ...(unexpectedCount !== undefined && { unexpectedCount }),
    ...(typeof observed === 'number' && { observed }),
  }
}

/** What people wrote: a text, a list of them, or `{content}` of either. */
function notesOf(config: Shape): string | undefined {
  const stated = config.raw('notes') ?? config.object('meta')?.raw('notes')
  const content =
    typeof stated === 'object' && stated !== null && 'content' in stated ? stated.content : stated
  const lines = (Array.isArray(content) ? content : [content]).filter(
    (line): line is string => typeof line === 'string',
  )
  return lines.join('\n') || undefined
}

/** One exception, or one for each metric that could not be computed; undefined when none was raised. */
function exceptionIn(info: Shape | undefined): string | undefined {
  if (!info) return undefined
  const one = (of: Shape): string | undefined =>
    of.bool('raised_exception') ? (of.string('exception_message') ?? 'no message') : undefined
  if (info.raw('raised_exception') !== undefined) return one(info)
  const messages = info.keys().flatMap((key) => {
    const of = info.object(key)
    return (of && one(of)) ?? []
  })
  return messages.length === 0 ? undefined : [...new Set(messages)].sort().join('; ')
}
