/**
 * Which files make up a graph: the schema a query file is written against, and all queries of a schema.
 * Reads directories and `cluster.yaml`; judges neither (that is the cluster's work), so what is wrong
 * or missing there is simply not found.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { parse } from 'yaml'

export interface GraphFiles {
  /** The graph's id in `cluster.yaml`, or the name of the schema file. */
  readonly id: string
  /** Absolute path of the `.pg` file. */
  readonly schema: string
  /** Absolute paths of the `.gq` files, sorted. */
  readonly queries: readonly string[]
}

const CONFIG = 'cluster.yaml'
/** Directories looked at above a file before giving up. */
const MAX_ASCENT = 40

/** The graphs a cluster directory declares with a schema file of their own. */
export function graphsOfCluster(directory: string): GraphFiles[] {
  const config = readYaml(join(directory, CONFIG))
  return Object.entries(record(record(config)['graphs'])).flatMap(([id, value]) => {
    const { schema, queries } = record(value)
    if (typeof schema !== 'string') return []
    const files = queryFiles(directory, queries)
    return [{ id, schema: resolve(directory, schema), queries: [...new Set(files)].sort() }]
  })
}

/** `queries` is a directory, a list of files, or a map from a name to `{file}`. */
function queryFiles(directory: string, queries: unknown): string[] {
  if (typeof queries === 'string') {
    const path = resolve(directory, queries)
    return path.endsWith('.gq') ? [path] : filesIn(path, '.gq')
  }
  const entries = Array.isArray(queries) ? queries : Object.values(record(queries))
  return entries.flatMap((entry) => {
    const file = typeof entry === 'string' ? entry : record(entry)['file']
    return typeof file === 'string' ? [resolve(directory, file)] : []
  })
}

/** The graphs of a directory: those of its `cluster.yaml`, else its only schema with the queries beside it. */
export function graphsIn(directory: string): GraphFiles[] {
  const declared = graphsOfCluster(directory)
  if (declared.length > 0) return declared
  const [schema, ...others] = filesIn(directory, '.pg')
  if (schema === undefined || others.length > 0) return []
  return [{ id: schema.slice(directory.length + 1, -3), schema, queries: looseQueries(directory) }]
}

/** Queries beside a schema: in its directory or in `queries/` below it. */
function looseQueries(directory: string): string[] {
  return [...filesIn(directory, '.gq'), ...filesIn(join(directory, 'queries'), '.gq')]
}

/**
 * The graph a `.pg` or `.gq` file belongs to: by the nearest `cluster.yaml` above it that names it, else by
 * the only schema in its own or its parent directory.
 */
export function graphOfFile(file: string): GraphFiles | undefined {
  let directory = dirname(file)
  for (let step = 0; step < MAX_ASCENT; step++) {
    const found = graphsOfCluster(directory).find(
      (graph) => graph.schema === file || graph.queries.includes(file),
    )
    if (found) return found
    const parent = dirname(directory)
    if (parent === directory) break
    directory = parent
  }
  const own = dirname(file)
  if (file.endsWith('.pg'))
    return { id: file.slice(own.length + 1, -3), schema: file, queries: looseQueries(own) }
  return alone(own, file) ?? alone(dirname(own), file)
}

function alone(directory: string, file: string): GraphFiles | undefined {
  const [graph, ...others] = graphsIn(directory)
  if (!graph || others.length > 0) return undefined
  return graph.queries.includes(file) || file.startsWith(directory + sep) ? graph : undefined
}

function filesIn(directory: string, extension: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.name.endsWith(extension) && !entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .sort()
  } catch {
    return []
  }
}

function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' })
  } catch {
    return undefined
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
