import { fragmentOfEntity } from '../catalog/catalog-route'
import { Identifier } from '../text/identifier'
import { type ShownGraph, type ShownNode, wordsOf } from './lineage-graph'

/** The picture in words: for narrow screens and for those who cannot see it. */
export function ExplorerList({
  graph,
  matches,
  trace,
}: {
  graph: ShownGraph
  matches: ReadonlySet<string> | null
  trace: ReadonlyMap<string, readonly string[]> | null
}) {
  const byRank = new Map<number, ShownNode[]>()
  for (const node of graph.nodes) {
    if (matches && !matches.has(node.urn)) continue
    byRank.set(node.rank, [...(byRank.get(node.rank) ?? []), node])
  }
  return (
    <div className="explorer-list">
      {[...byRank.entries()]
        .sort(([a], [b]) => a - b)
        .map(([rank, nodes]) => (
          <section key={rank}>
            <h2>
              {rankWords(rank)} <span className="faint">{nodes.length}</span>
            </h2>
            <ul>
              {nodes.map((node) => {
                const { name, note } = wordsOf(node)
                const columns = trace?.get(node.urn)
                return (
                  <li key={node.urn}>
                    <a href={fragmentOfEntity(node.urn, 'lineage')}>
                      <Identifier name={name} />
                    </a>{' '}
                    <span className="faint">{note}</span>
                    {columns ? (
                      <>
                        {' '}
                        <code>{columns.join(', ')}</code>
                      </>
                    ) : null}
                  </li>
                )
              })}
            </ul>
          </section>
        ))}
    </div>
  )
}

function rankWords(rank: number): string {
  if (rank === 0) return 'Here'
  const hops = Math.abs(rank) === 1 ? 'one hop' : `${Math.abs(rank)} hops`
  return rank < 0 ? `Made from, ${hops} up` : `Feeds, ${hops} down`
}
