import { relative, resolve } from 'node:path'
import { type Diagnostic, formatDiagnostic, hasErrors } from '@groundplane/core'
import { lintGraph, parseQueries, type SourceText } from '@groundplane/lang'
import { type GraphFiles, graphOfFile, graphsIn } from '@groundplane/lsp/project'
import { CommandError } from '../errors.js'
import { readText } from '../input.js'
import { isDirectory, languageFiles } from '../language-files.js'
import { note, print, printJson } from '../output.js'

export interface LintOptions {
  readonly json?: boolean
  readonly strict?: boolean
  readonly rowCounts?: string
}

/**
 * Checks schemas and queries, graph by graph. A directory means its graphs with all their files; a file
 * means what is found in that file, its graph's other files being read for it. Exit code 1 when there is an
 * error, or with `--strict` any finding.
 */
export async function runLint(paths: readonly string[], options: LintOptions): Promise<number> {
  const rowCounts = options.rowCounts === undefined ? {} : readRowCounts(options.rowCounts)
  const found: Diagnostic[] = []
  const linted = new Set<string>()
  for (const path of paths.length > 0 ? paths : ['.']) {
    if (isDirectory(path)) {
      const graphs = graphsIn(resolve(path))
      if (graphs.length === 0) throw noGraph(path)
      for (const graph of graphs) found.push(...lintOnce(graph, rowCounts, linted))
      continue
    }
    const [file = path] = languageFiles([path])
    found.push(...lintFile(resolve(file), rowCounts))
  }
  const ok = !hasErrors(found) && !(options.strict && found.length > 0)
  if (options.json) printJson({ ok, diagnostics: found })
  else {
    for (const diagnostic of found) print(formatDiagnostic(diagnostic))
    note(found.length === 0 ? 'nothing found' : summary(found))
  }
  return ok ? 0 : 1
}

function noGraph(path: string): CommandError {
  return new CommandError('graph_not_declared', `${path} has no graph to lint.`, {
    kind: 'not-found',
    remedy: 'Name a directory with a cluster.yaml or with one .pg schema, or name the files.',
  })
}

/** A graph named twice on the command line is linted once. */
function lintOnce(graph: GraphFiles, rowCounts: Record<string, number>, linted: Set<string>): Diagnostic[] {
  const key = `${graph.id} ${graph.schema}`
  if (linted.has(key)) return []
  linted.add(key)
  return lint(graph, rowCounts)
}

function lint({ schema, queries }: GraphFiles, rowCounts: Record<string, number>): Diagnostic[] {
  return lintGraph({ schema: readSource(schema), queries: queries.map(readSource), rowCounts })
}

function lintFile(file: string, rowCounts: Record<string, number>): Diagnostic[] {
  const graph = graphOfFile(file)
  const shown = readSource(file)
  if (!graph) {
    note(`${shown.file}: no schema found for it, only its syntax is checked`)
    return parseQueries(shown.source, shown.file).diagnostics
  }
  const queries = new Set([...graph.queries, ...(file === graph.schema ? [] : [file])])
  return lint({ ...graph, queries: [...queries] }, rowCounts).filter((d) => d.file === shown.file)
}

function readSource(file: string): SourceText & { readonly file: string } {
  const shown = relative(process.cwd(), file)
  return { source: readText(file), file: shown.startsWith('..') ? file : shown }
}

function readRowCounts(file: string): Record<string, number> {
  let value: unknown
  try {
    value = JSON.parse(readText(file))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const valid =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((count) => typeof count === 'number' && count >= 0)
  if (valid) return value as Record<string, number>
  throw new CommandError('row_counts_invalid', `${file} is no JSON object of row counts.`, {
    remedy: 'Give one object from type names to numbers, like {"Person": 120000}.',
  })
}

function summary(found: readonly Diagnostic[]): string {
  const errors = found.filter((d) => d.severity === 'error').length
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  return `${count(errors, 'error')}, ${count(found.length - errors, 'warning')}`
}
