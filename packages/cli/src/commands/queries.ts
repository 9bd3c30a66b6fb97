import type { StoredQuery, StoredQueryList } from '@groundplane/client'
import type { GraphAddress, GraphTarget } from '../graph-target.js'
import { showRows, type Wanted } from '../listing.js'
import { onGraph } from '../on-graph.js'
import { mayInvoke } from './query.js'

/** The stored queries that can be called by name; none where the caller may not call them. A bare root has none. */
export async function runQueriesList(
  root: string | undefined,
  options: GraphAddress & Wanted,
): Promise<number> {
  const { queries } = await onGraph({ ...options, root }, 'read', queriesHere, (remote) =>
    remote.ask<StoredQueryList>(remote.client.queries()),
  )
  const rows = queries.map((query) => ({
    query: query.name,
    does: query.mutation ? 'writes' : 'reads',
    parameters: query.params.map(signatureOf).join(', '),
    description: query.description ?? null,
  }))
  await showRows(
    { queries },
    ['query', 'does', 'parameters', 'description'],
    rows,
    options,
    'No stored query can be called here.',
  )
  return 0
}

/** As a server lists them, in its shape. */
async function queriesHere(target: GraphTarget): Promise<StoredQueryList> {
  const { authorize, graph, principal, queries } = target
  authorize?.({ action: 'read', graph: graph.id, branch: 'main', ...(principal && { principal }) })
  if (queries.size === 0 || !mayInvoke(target)) return { queries: [] }
  const { queryToWire } = await import('@groundplane/server')
  const listed = [...queries].map(([name, source]) =>
    queryToWire({ name, source, checked: graph.checkedQuery(source, { name }) }),
  )
  return { queries: listed }
}

/** `n: string, tags: list of int?` */
function signatureOf({ name, kind, nullable, item_kind, vector_dim, values }: StoredQuery['params'][number]) {
  const of = kind === 'list' ? ` of ${item_kind}` : kind === 'vector' ? `(${vector_dim})` : ''
  const one = values ? `enum(${values.join(', ')})` : `${kind}${of}`
  return `${name}: ${one}${nullable ? '?' : ''}`
}
