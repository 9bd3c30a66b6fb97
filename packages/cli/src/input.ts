import { readFileSync } from 'node:fs'
import { CommandError } from './errors.js'

/** A text file the user named, or standard input for `-`. UTF-8 or nothing: a wrong letter would be kept for good. */
export function readText(file: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw unreadable(file, error)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CommandError('file_not_utf8', `${file} is not UTF-8 text.`, {
      remedy: 'Save it as UTF-8, and check that it is the file you meant.',
      cause,
    })
  }
}

export function unreadable(file: string, cause: unknown): CommandError {
  const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
  return new CommandError(missing ? 'file_not_found' : 'file_unreadable', `Cannot read ${file}.`, {
    kind: missing ? 'not-found' : 'invalid',
    remedy: missing
      ? 'Check the path.'
      : `Check that it is a file you may read (${(cause as Error).message}).`,
    cause,
  })
}

/** Parameters as `--params` and `--params-file` give them: one JSON object. */
export function readParams(text: string, file: string | undefined): Record<string, unknown> {
  const source = file === undefined ? text : readText(file)
  const name = file ?? '--params'
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch (error) {
    throw new CommandError('params_invalid', `${name} is not valid JSON: ${(error as Error).message}`, {
      remedy: 'Give one JSON object, for example \'{"name": "Ada"}\'.',
      cause: error,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError('params_invalid', `${name} is not a JSON object.`, {
      remedy: 'Give one JSON object, for example \'{"name": "Ada"}\'.',
    })
  }
  return value as Record<string, unknown>
}
