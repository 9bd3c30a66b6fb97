import type { ReadOutput } from '@groundplane/client'
import { nearestName } from '@groundplane/core'
import { openCluster } from '../cluster-target.js'
import { CommandError } from '../errors.js'
import type { Format } from '../format.js'
import { readParams } from '../input.js'
import { showRows, type Wanted } from '../listing.js'
import { type Alias, type OperatorConfig, readOperatorConfig } from '../operator/config.js'
import { answerOf, connect } from '../operator/connect.js'
import { type Place, resolvePlace } from '../operator/scope.js'
import { resolveServer } from '../operator/server-target.js'
import { note } from '../output.js'
import { runQuery } from './query.js'

export async function runAliasList(options: Wanted): Promise<number> {
  const { aliases, file } = await readOperatorConfig()
  const list = [...aliases].map(([name, alias]) => ({ name, ...alias }))
  const rows = list.map(({ name, query, args, server, cluster, graph }) => ({
    alias: name,
    query,
    arguments: args.join(' '),
    place: server ?? cluster ?? '(in use)',
    graph: graph ?? null,
  }))
  const columns = ['alias', 'query', 'arguments', 'place', 'graph']
  await showRows({ aliases: list }, columns, rows, options, `No aliases in ${file}.`)
  return 0
}

interface AliasOptions {
  readonly params: string
  readonly format?: Format
  readonly profile?: string
  readonly as?: string
  readonly json?: boolean
}

/** Runs the stored read query behind an alias. Parameters: those of the alias, then positional ones, then `--params`. */
export async function runAlias(
  name: string,
  values: readonly string[],
  options: AliasOptions,
): Promise<number> {
  const config = await readOperatorConfig()
  const alias = config.aliases.get(name)
  if (!alias) {
    const near = nearestName(name, config.aliases.keys())
    throw new CommandError('alias_unknown', `There is no alias "${name}".`, {
      kind: 'not-found',
      remedy: near ? `Did you mean "${near}"?` : `Declare it under \`aliases:\` in ${config.file}.`,
    })
  }
  if (values.length > alias.args.length) {
    throw new CommandError('alias_arguments', `The alias "${name}" takes ${alias.args.length} arguments.`, {
      remedy: alias.args.length === 0 ? 'Leave them out.' : `They are: ${alias.args.join(', ')}.`,
    })
  }
  const given = values.map((value, i) => [alias.args[i] as string, value] as const)
  const place = await placeOf(alias, config, options)
  const format = options.format ?? alias.format ?? config.defaults.output ?? 'table'
  const asked = {
    query: alias.query,
    given,
    fixed: alias.params,
    more: readParams(options.params, undefined),
  }
  if (place.server !== undefined) return onServer(place.server, place.graph, asked, { ...options, format })
  return onCluster(place.cluster, place.graph, asked, { ...options, format })
}

interface Asked {
  readonly query: string
  readonly given: readonly (readonly [name: string, text: string])[]
  readonly fixed: Readonly<Record<string, unknown>>
  readonly more: Readonly<Record<string, unknown>>
}

async function placeOf(
  alias: Alias,
  { clusters }: OperatorConfig,
  { profile }: AliasOptions,
): Promise<Place> {
  const graph = alias.graph === undefined ? {} : { graph: alias.graph }
  if (alias.server !== undefined) return { server: alias.server, ...graph }
  if (alias.cluster !== undefined) return { cluster: clusters.get(alias.cluster) as string, ...graph }
  const place = await resolvePlace<Place>({ ...graph, ...(profile !== undefined && { profile }) })
  if (place.server !== undefined || place.cluster !== undefined) return place
  throw new CommandError('alias_place', 'The alias has no place to run in.', {
    remedy:
      'Give it a server or a cluster, or use a profile that has one. A bare graph has no stored queries.',
  })
}

async function onServer(
  nameOrUrl: string,
  graphId: string | undefined,
  asked: Asked,
  options: AliasOptions & { readonly format: Format },
): Promise<number> {
  const server = await resolveServer(nameOrUrl)
  const client = await connect(server)
  const id = graphId ?? (await onlyGraph(answerOf(server, client.graphs())))
  const graph = client.graph(id)
  const { queries } = await answerOf(server, graph.queries())
  const kinds = queries.find(({ name }) => name === asked.query)?.params ?? []
  const isText = (name: string) =>
    TEXT_KINDS.has(kinds.find((param) => param.name === name)?.kind ?? 'string')
  const params = paramsOf(asked, isText) as never
  // Asked for as a read, it is answered as one or refused.
  const invoked = graph.invoke(asked.query, { params, expect_mutation: false })
  const answer = (await answerOf(server, invoked)) as ReadOutput
  const columns = answer.columns.map((name, i) => ({ name, type: answer.column_types[i] as string }))
  const { rows, row_count: rowCount, truncated, graph_commit_id: commit } = answer
  await showRows({ columns, rows, rowCount, commit, truncated }, answer.columns, rows, options)
  if (truncated) note(`stopped after ${rowCount} rows`)
  return 0
}

const TEXT_KINDS = new Set(['string', 'date', 'datetime', 'blob'])

async function onlyGraph(list: Promise<{ graphs: readonly { graph_id: string }[] }>): Promise<string> {
  const ids = (await list).graphs.map(({ graph_id }) => graph_id)
  if (ids.length === 1) return ids[0] as string
  throw new CommandError('graph_ambiguous', 'The server has several graphs.', {
    remedy: `Give the alias a graph: ${ids.join(', ')}.`,
  })
}

async function onCluster(
  dir: string | undefined,
  graph: string | undefined,
  asked: Asked,
  options: AliasOptions & { readonly format: Format },
): Promise<number> {
  const cluster = await openCluster(dir as string, options.as)
  const source = cluster.graph(graph).queries.find(({ name }) => name === asked.query)?.source ?? ''
  const { parseQueries } = await import('@groundplane/lang')
  const declared =
    parseQueries(source).document.queries.find(({ name }) => name === asked.query)?.params ?? []
  const isText = (name: string) => {
    const shape = declared.find((param) => param.name.text === name)?.type.shape
    if (shape === undefined || shape.kind === 'enum') return true
    return shape.kind === 'named' && !/^(I32|I64|U32|U64|F32|F64|Bool)$/.test(shape.name.text)
  }
  return runQuery('query', asked.query, {
    cluster: dir as string,
    params: JSON.stringify(paramsOf(asked, isText)),
    format: options.format,
    ...(graph !== undefined && { graph }),
    ...(options.as !== undefined && { as: options.as }),
    ...(options.json && { json: true }),
  })
}

function paramsOf({ given, fixed, more }: Asked, isText: (name: string) => boolean): Record<string, unknown> {
  const positional = given.map(([name, text]) => [name, isText(name) ? text : plainValue(text)])
  return { ...fixed, ...Object.fromEntries(positional), ...more }
}

/** JSON where it is JSON. A whole number that a double cannot hold stays text, which 64-bit parameters take. */
function plainValue(text: string): unknown {
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text))) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
