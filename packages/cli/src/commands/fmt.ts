import { realpathSync, statSync } from 'node:fs'
import { formatDiagnostic } from '@groundplane/core'
import { formatQueries, formatSchema } from '@groundplane/lang/format'
import { CommandError } from '../errors.js'
import { readText } from '../input.js'
import { isSchemaFile, languageFiles } from '../language-files.js'
import { replaceFile } from '../operator/replace-file.js'
import { note, print } from '../output.js'

export interface FmtOptions {
  readonly check?: boolean
}

/**
 * Rewrites the files that are not laid out yet and prints their names. A file with syntax errors stays as it
 * is and makes the exit code 1; so does, with `--check`, a file that would change (nothing is written then).
 */
export async function runFmt(paths: readonly string[], options: FmtOptions): Promise<number> {
  let failed = false
  const files = languageFiles(paths.length > 0 ? paths : ['.'])
  if (files.length === 0) note('no .pg or .gq file found')
  for (const file of files) {
    const source = readText(file)
    const { text, diagnostics } = (isSchemaFile(file) ? formatSchema : formatQueries)(source, file)
    if (text === undefined) {
      for (const diagnostic of diagnostics) note(formatDiagnostic(diagnostic))
      failed = true
    } else if (text !== source) {
      if (options.check) failed = true
      else write(file, text)
      print(file)
    }
  }
  return failed ? 1 : 0
}

/** Whole or not at all: what somebody wrote is not lost to a full disk. */
function write(file: string, text: string): void {
  try {
    const target = realpathSync(file)
    replaceFile(target, text, statSync(target).mode & 0o777)
  } catch (error) {
    throw new CommandError('file_not_written', `Cannot write ${file}.`, {
      remedy: `Check that you may write it (${(error as Error).message}).`,
      cause: error,
    })
  }
}
