import { readFileSync } from 'node:fs'
import { LineIndex, type SourceRange } from '@groundplane/core'
import { Shape, ShapeError } from '../ingest/shape.js'
import { jsonMistake } from './json-mistake.js'
import { replaceNonFinite } from './python-json.js'
import { SourceError } from './source-error.js'

/** Text of a file that a program has written. Throws `SourceError` `source_unreadable`, the system's error as its cause. */
export function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SourceError('unavailable', 'source_unreadable', `${path} cannot be read (${code})`, {
      remedy: 'Check that the path is right and that this user may read it.',
      cause,
    })
  }
}

/** Where a text stops being JSON. */
export interface JsonMistake {
  readonly range: SourceRange
  /** Whether it ends too early, rather than to hold something that JSON has not. */
  readonly ended: boolean
}

/**
 * The object that a text holds; null when it holds something else. With `python` the numbers that are none, which
 * Python's writer has and JSON has not, are null.
 */
export function objectIn(
  text: string,
  { python = false }: { readonly python?: boolean } = {},
): Shape | JsonMistake | null {
  // A byte order mark is no JSON, and some editors write one.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text
  let value: unknown
  try {
    value = parsed(json, python)
  } catch {
    // As long as what it stands for, so that places stay what they are.
    const at = jsonMistake(python ? replaceNonFinite(json, ({ length }) => '1'.repeat(length)) : json)
    const range = new LineIndex(json).range(at, Math.min(at + 1, json.length))
    return { range, ended: at >= json.trimEnd().length }
  }
  try {
    return new Shape(value)
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    return null
  }
}

function parsed(json: string, python: boolean): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (!python) throw error
    return JSON.parse(replaceNonFinite(json, () => 'null'))
  }
}

/**
 * A time in milliseconds since 1970: ISO 8601, also in its basic form, UTC where it does not say. Undefined when it is not there;
 * throws `ShapeError` for anything else.
 */
export function timeIn(shape: Shape, name: string): number | undefined {
  const text = shape.string(name)
  if (text === undefined) return undefined
  const extended = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:$6')
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(extended) ? extended : `${extended}Z`)
  if (Number.isNaN(at))
    throw new ShapeError(`${shape.path}.${name} must be a time, not "${text.slice(0, 100)}"`)
  return at
}
