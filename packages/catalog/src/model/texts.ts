import { readFileSync } from 'node:fs'

/** The packaged file `model/<name>`, found beside the compiled code wherever the package is installed. */
function packagedText(name: string): string {
  return readFileSync(new URL(`../../model/${name}`, import.meta.url), 'utf8')
}

/** Schema (`.pg`) of every graph of kind `catalog`. */
export const CATALOG_SCHEMA: string = packagedText('catalog.pg')

/** Stored queries (`.gq`) of every graph of kind `catalog`, by file name without extension. */
export const CATALOG_QUERIES: Readonly<Record<string, string>> = packagedQueries([
  'entities',
  'lineage',
  'consumers',
  'properties',
  'health',
  'incidents',
])

/** Queries the search index is built from. Not stored with the graph: they are of no use to a caller. */
export const INDEX_QUERIES: Readonly<Record<string, string>> = packagedQueries(['search'])

/** Queries that a walk over lineage is made of. Not stored with the graph: what they answer is one step of an answer. */
export const WALK_QUERIES: Readonly<Record<string, string>> = packagedQueries(['walk'])

/** Queries over the record itself. Not stored with the graph either. */
export const RECORD_QUERIES: Readonly<Record<string, string>> = packagedQueries(['record'])

function packagedQueries(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, packagedText(`${name}.gq`)]))
}
