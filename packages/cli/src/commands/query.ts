import { GroundplaneError } from '@groundplane/core'
import type { Explanation, MutationResult, QueryResult } from '@groundplane/graph'
import { CommandError } from '../errors.js'
import { renderExplanation } from '../explain-view.js'
import { type GraphAddress, type GraphTarget, openGraphTarget } from '../graph-target.js'
import { readParams, readText } from '../input.js'
import { showRows, type Wanted } from '../listing.js'
import { note, print, printJson } from '../output.js'
import { type RemoteGraph, remoteGraph } from '../remote-graph.js'
import { explainOver } from './remote-explain.js'
import { mutateOver, queryOver } from './remote-query.js'

interface QueryOptions extends GraphAddress, Wanted {
  readonly expression?: string
  readonly file?: string
  readonly name?: string
  readonly params: string
  readonly paramsFile?: string
  readonly branch?: string
  readonly snapshot?: string
  readonly maxRows?: number
  readonly timeout?: number
  readonly ifCommit?: string
  readonly message?: string
  readonly explain?: boolean
}

export async function runQuery(
  kind: 'query' | 'mutate' | 'explain',
  stored: string | undefined,
  options: QueryOptions,
): Promise<number> {
  const params = readParams(options.params, options.paramsFile)
  const asked = { ...options, explain: kind === 'explain' || options.explain === true }
  const remote = await remoteGraph(options, kind === 'mutate' ? 'write' : 'read')
  if (remote) return runOver(remote, kind, stored, params, asked)
  const target = await openGraphTarget(options, kind === 'mutate' ? 'write' : 'read')
  try {
    const { text, name } = queryText(target, stored, options)
    if (kind === 'mutate') await write(target, text, name, params, options)
    else await read(target, text, name, params, asked)
    return 0
  } finally {
    target.close()
  }
}

function onlyOneQuery(stored: string | undefined, options: QueryOptions): void {
  const given = [stored, options.expression, options.file].filter((x) => x !== undefined)
  if (given.length === 1) return
  throw new CommandError(
    'query_missing',
    given.length === 0 ? 'No query is given.' : 'More than one query is given.',
    {
      remedy: 'Give one of: a stored query by name, -e <text>, or -f <file>.',
    },
  )
}

function queryText(
  target: GraphTarget,
  stored: string | undefined,
  options: QueryOptions,
): { text: string; name: string | undefined } {
  onlyOneQuery(stored, options)
  if (stored === undefined)
    return { text: options.expression ?? readText(options.file as string), name: options.name }
  const callable = mayInvoke(target) ? target.queries : new Map<string, string>()
  const text = callable.get(stored)
  if (text === undefined) {
    const known = [...callable.keys()].sort().join(', ')
    throw new CommandError('query_not_found', `There is no stored query "${stored}".`, {
      kind: 'not-found',
      remedy: known === '' ? 'Give the query with -e or -f.' : `Stored here: ${known}.`,
    })
  }
  return { text, name: stored }
}

/** As at every door: whoever may not call stored queries is not told which there are. */
export function mayInvoke({ authorize, graph, principal }: GraphTarget): boolean {
  try {
    authorize?.({ action: 'invoke_query', graph: graph.id, branch: 'main', ...(principal && { principal }) })
    return true
  } catch (error) {
    if (error instanceof GroundplaneError && error.kind === 'denied') return false
    throw error
  }
}

async function read(
  target: GraphTarget,
  text: string,
  name: string | undefined,
  params: Record<string, unknown>,
  options: QueryOptions,
): Promise<void> {
  const { explainAlone, readAlone } = await import('@groundplane/graph')
  const at = {
    ...(name !== undefined && { name }),
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.snapshot !== undefined && { commit: options.snapshot }),
    ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
    ...(options.maxRows !== undefined && { maxRows: options.maxRows }),
    ...(options.timeout !== undefined && { deadlineMs: options.timeout }),
    ...(target.principal && { principal: target.principal }),
  }
  if (options.explain) showExplanation(await explainAlone(target.graph, text, params, at), options)
  else await showResult(await readAlone(target.graph, text, params, at), options)
}

function showExplanation(explanation: Explanation, { json }: QueryOptions): void {
  if (json) printJson({ ok: true, ...explanation })
  else print(renderExplanation(explanation))
}

async function write(
  target: GraphTarget,
  text: string,
  name: string | undefined,
  params: Record<string, unknown>,
  options: QueryOptions,
): Promise<void> {
  const query = target.graph.checkedQuery(text, name === undefined ? {} : { name })
  const embedded = await target.graph.embedTexts(query, params)
  const result = target.graph.mutate(text, params, {
    ...(embedded && { embedded }),
    ...(name !== undefined && { name }),
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.ifCommit !== undefined && { ifCommit: options.ifCommit }),
    ...(options.message !== undefined && { message: options.message }),
    ...(target.principal && { principal: target.principal }),
  })
  showWritten(result, options)
}

/** The same on a graph of a server, which has limits of its own. */
async function runOver(
  remote: RemoteGraph,
  kind: 'query' | 'mutate' | 'explain',
  stored: string | undefined,
  params: Record<string, unknown>,
  options: QueryOptions,
): Promise<number> {
  if (options.maxRows !== undefined || options.timeout !== undefined) {
    throw new CommandError('limit_not_over_server', 'A server has its own limits of rows and time.', {
      remedy: 'Leave out --max-rows and --timeout; a `limit` in the query holds everywhere.',
    })
  }
  onlyOneQuery(stored, options)
  const text = stored === undefined ? (options.expression ?? readText(options.file as string)) : undefined
  const query = { stored, text, name: options.name, params }
  if (options.explain) showExplanation(await explainOver(remote, query, options), options)
  else if (kind === 'query') await showResult(await queryOver(remote, query, options), options)
  else showWritten(await mutateOver(remote, query, options), options)
  return 0
}

async function showResult(result: QueryResult, options: QueryOptions): Promise<void> {
  const columns = result.columns.map((c) => c.name)
  await showRows(result, columns, result.rows, options)
  if (result.truncated) note(`stopped after ${result.rowCount} rows; raise --max-rows or add a limit`)
}

function showWritten(result: MutationResult, options: QueryOptions): void {
  if (options.json) printJson({ ok: true, ...result })
  else {
    const { nodes, edges } = result.affected
    print(
      `${counted(nodes, 'node')} and ${counted(edges, 'edge')} affected; ${result.commit ? `commit ${result.commit.id}` : 'nothing to commit'}`,
    )
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
