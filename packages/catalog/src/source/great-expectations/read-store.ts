import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Diagnostic, jsonDigest, sha256 } from '@groundplane/core'
import { Shape } from '../../ingest/shape.js'
import { fileText, objectIn } from '../json-file.js'
import { SourceError } from '../source-error.js'
import { validationsIn } from './checkpoint-result.js'
import type { ValidationResult } from './validation-result.js'

/** What a directory of validation results holds. */
export interface ResultStore {
  /** In order of their files. */
  readonly validations: readonly ValidationResult[]
  /** Digest of every file. */
  readonly digests: readonly string[]
}

/** Mistakes that are told; of a directory that holds something else there would be no end. */
const MAX_MISTAKES = 50

/**
 * Reads every `.json` file of a directory and of those in it, hidden ones apart, or one file. The same validation twice is one. All of it is read before anything is
 * answered. Throws `SourceError` `source_not_found`, `source_unreadable`, or `great_expectations_invalid` with every mistake, each with
 * its file and its place.
 */
export function readStore(path: string): ResultStore {
  const files = filesIn(path)
  const mistakes: Diagnostic[] = []
  const validations: ValidationResult[] = []
  const digests: string[] = []
  const seen = new Set<string>()
  for (const file of files) {
    const text = fileText(file)
    digests.push(sha256(text))
    const name = relative(path, file) || file
    const root = rootOf(name, text, mistakes)
    const report = (at: string, message: string) => void mistakes.push(shapeMistake(name, message, at))
    for (const validation of root ? validationsIn(root, report) : []) {
      // What a checkpoint gave back is in its store as well.
      const digest = jsonDigest(validation)
      if (!seen.has(digest)) validations.push(validation)
      seen.add(digest)
    }
    if (mistakes.length >= MAX_MISTAKES) break
  }
  if (mistakes.length > 0) throw invalid(path, mistakes)
  return { validations, digests }
}

function filesIn(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return [path]
  const entries = found?.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : []
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length > 0) return files
  throw new SourceError(
    'not-found',
    'source_not_found',
    found ? `${path} holds no validation result` : `${path} does not exist`,
    {
      remedy:
        'Name the store of validation results, e.g. gx/uncommitted/validations, after a checkpoint has run.',
    },
  )
}

function rootOf(file: string, text: string, mistakes: Diagnostic[]): Shape | undefined {
  const root = objectIn(text, { python: true })
  if (root instanceof Shape) return root
  if (root === null) mistakes.push(shapeMistake(file, 'the file must hold a JSON object'))
  else
    mistakes.push({
      code: 'great_expectations_json_invalid',
      severity: 'error',
      message: root.ended ? 'the JSON text ends too early' : 'the text is not JSON from here on',
      remedy: 'Wait until the checkpoint has written the file, or remove it and run the checkpoint again.',
      file,
      range: root.range,
    })
  return undefined
}

function shapeMistake(file: string, message: string, path?: string): Diagnostic {
  return {
    code: 'great_expectations_shape_invalid',
    severity: 'error',
    message,
    remedy:
      'Name a directory of validation results and results of checkpoints alone, as Great Expectations 0.13 or newer writes them.',
    file,
    ...(path !== undefined && { path }),
  }
}

function invalid(store: string, diagnostics: readonly Diagnostic[]): SourceError {
  const [first] = diagnostics as readonly [Diagnostic, ...Diagnostic[]]
  const more = diagnostics.length > 1 ? ` and ${diagnostics.length - 1} more` : ''
  const { line, column } = first.range?.start ?? {}
  const place = line === undefined ? (first.path ?? '') : `${line}:${column}`
  return new SourceError(
    'invalid',
    'great_expectations_invalid',
    `${store} cannot be used: ${first.file}:${place} ${first.message}${more}`,
    { remedy: first.remedy ?? 'Correct the file.', diagnostics },
  )
}
