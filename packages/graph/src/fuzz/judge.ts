import { type Diagnostic, GroundplaneError } from '@groundplane/core'
import { checkQueries, checkSchema, DIAGNOSTIC_CODES, type SchemaModel } from '@groundplane/lang'

/**
 * How far an input came. `checked`: it was only to be checked, and passed. `refused`: by the store, after the
 * checks. `ran`: to its end. `changed`: and something was written.
 */
export type Stage = 'unparsed' | 'unchecked' | 'checked' | 'refused' | 'ran' | 'changed'

/** What a caller can do something about. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['invalid', 'denied', 'not-found', 'conflict', 'stale', 'gone', 'too-large', 'unprocessable', 'limited'],
  ...['deadline', 'unsupported'],
])

/** Nobody reads more; and what is refused for its size must not come back whole in the refusal. */
const MAX_MESSAGE = 4000

/** Codes of texts that do not even follow the grammar. */
const SYNTAX: ReadonlySet<string> = new Set([
  ...['source-too-large', 'nesting-too-deep', 'unexpected-character', 'unterminated-string'],
  ...['unterminated-comment', 'invalid-escape', 'syntax-error', 'invalid_json', 'invalid_line'],
])

/** Throws when a text is judged by anything but known diagnostics at places inside it. */
export function judgeSchema(text: string): Stage {
  const { model, diagnostics } = checkSchema(text)
  judgePositions(text, diagnostics)
  if ((model === undefined) !== diagnostics.some((d) => d.severity === 'error')) {
    throw new Error('a model must be there exactly when there is no error')
  }
  return stageOf(diagnostics)
}

export function judgeQueries(text: string, schema: SchemaModel): Stage {
  const { diagnostics } = checkQueries(text, schema)
  judgePositions(text, diagnostics)
  return stageOf(diagnostics)
}

function stageOf(diagnostics: readonly Diagnostic[]): Stage {
  const errors = diagnostics.filter((d) => d.severity === 'error')
  if (errors.length === 0) return 'checked'
  return errors.some((d) => SYNTAX.has(d.code)) ? 'unparsed' : 'unchecked'
}

function judgePositions(text: string, diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of diagnostics) {
    const { code, range } = diagnostic
    if (!Object.hasOwn(DIAGNOSTIC_CODES, code)) throw new Error(`unknown code ${code}`)
    judgeWords(diagnostic)
    if (range && !(range.start.offset <= range.end.offset && range.end.offset <= text.length)) {
      throw new Error(`${code} lies outside the text`)
    }
  }
}

function judgeWords({ code, message, remedy }: Diagnostic): void {
  if (!message || !remedy) throw new Error(`${code} without words`)
  if (message.length > MAX_MESSAGE) throw new Error(`${code} says ${message.length} characters`)
}

/** A refusal must be a coded one of the caller's making, with words of a length one can read; anything else is thrown on. */
export function judgeRefusal(error: unknown): Stage {
  if (!(error instanceof GroundplaneError) || !REFUSALS.has(error.kind)) throw error
  const { code, message, remedy, diagnostics = [] } = error
  if (!/^[a-z_]+$/.test(code) || !remedy) throw new Error(`no words for ${code}`, { cause: error })
  if (message.length > MAX_MESSAGE)
    throw new Error(`${code} says ${message.length} characters`, { cause: error })
  for (const diagnostic of diagnostics) judgeWords(diagnostic)
  JSON.stringify(error.toBody())
  if (['query_invalid', 'schema_invalid'].includes(code)) return stageOf(diagnostics)
  if (['query_name_required', 'not_a_read_query', 'not_a_write_query'].includes(code)) return 'unchecked'
  if (code === 'load_rejected' && diagnostics.some((d) => SYNTAX.has(d.code))) return 'unparsed'
  return 'refused'
}

/** An answer is JSON that survives being sent: no number that is none, nothing that is no value. */
export function judgeAnswer(value: unknown, depth = 0): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`the answer holds ${value}`)
    return
  }
  if (typeof value !== 'object' || depth > 20) throw new Error(`the answer holds a ${typeof value}`)
  for (const member of Array.isArray(value) ? value : Object.values(value)) judgeAnswer(member, depth + 1)
}
