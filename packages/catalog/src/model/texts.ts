import { readFileSync } from 'node:fs'

/** The packaged file `model/<name>`, found beside the compiled code wherever the package is installed. */
function packagedText(name: string): string {
  return readFileSync(new URL(`../../model/${name}`, import.meta.url), 'utf8')
}

/** Schema (`.pg`) of every graph of kind `catalog`. */
export const CATALOG_SCHEMA: string = packagedText('catalog.pg')

/** Stored queries (`.gq`) of every graph of kind `catalog`, by file name without extension. */
export const CATALOG_QUERIES: Readonly<Record<string, string>> = Object.fromEntries(
  ['entities', 'lineage', 'health', 'incidents', 'search'].map((name) => [name, packagedText(`${name}.gq`)]),
)
