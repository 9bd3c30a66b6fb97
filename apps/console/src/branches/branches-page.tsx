import type { BranchDetail } from '@groundplane/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { LockIcon } from '../shell/icons'
import { Problem } from '../shell/problem'
import { useNow } from '../shell/use-now'
import { formatAge, plural, shortId } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { BranchPage } from './branch-page'
import { type BranchesPlace, fragmentOfBranch, fragmentOfBranches, isProposal } from './branch-route'
import { may, useBranches } from './use-branches'

/** What is proposed and what else is beside `main`; or one branch. A bundle of its own. */
export default function BranchesPages({
  client,
  place,
  catalog,
}: {
  client: GroundplaneClient
  place: BranchesPlace
  /** The catalog graph; undefined until it is known, null where there is none. */
  catalog: string | null | undefined
}) {
  const graph = place.graph ?? catalog
  if (graph === undefined || catalog === undefined) return <ListSkeleton />
  if (graph === null) return <NoGraph client={client} />
  if (place.branch === null) return <BranchList key={graph} client={client} graph={graph} catalog={catalog} />
  return (
    <BranchPage
      key={`${graph} ${place.branch}`}
      client={client}
      graph={graph}
      name={place.branch}
      isCatalog={graph === catalog}
    />
  )
}

function NoGraph({ client }: { client: GroundplaneClient }) {
  return (
    <article>
      <h1 className="page-title">Changes under review</h1>
      <p className="page-lead">
        This server has no catalog. Choose another graph, where you may see which there are.
      </p>
      <GraphPicker client={client} graph={null} catalog={null} />
    </article>
  )
}

function BranchList({
  client,
  graph,
  catalog,
}: {
  client: GroundplaneClient
  graph: string
  catalog: string | null
}) {
  const branches = useBranches(client, graph)
  const now = useNow(30_000)
  useEffect(() => {
    document.title = 'Branches · Groundplane'
  }, [])
  const all = branches.data ?? []
  const proposals = all.filter(({ name }) => isProposal(name)).sort((a, b) => (a.name > b.name ? -1 : 1))
  const main = all.find(({ name }) => name === 'main')
  return (
    <article>
      <h1 className="page-title">Changes under review</h1>
      <p className="page-lead">
        A change is made on a branch, looked at, and merged into <code>main</code> by whom the policy allows.
      </p>
      <GraphPicker client={client} graph={graph} catalog={catalog} />
      {branches.isError && !branches.data ? (
        <Problem
          error={branches.error}
          title="The branches cannot be shown."
          onRetry={() => void branches.refetch()}
        />
      ) : branches.isPending ? (
        <ListSkeleton />
      ) : (
        <>
          <section className="branch-section" aria-labelledby="proposals-title">
            <h2 id="proposals-title" aria-live="polite">
              {proposals.length === 0 ? 'No open proposal' : plural(proposals.length, 'open proposal')}
            </h2>
            {proposals.length === 0 ? (
              <p className="absent">
                An agent or a person proposes with the tool <code>propose_change</code>: tags, terms, owners,
                domains, descriptions.
              </p>
            ) : (
              <ul className="branch-list">
                {proposals.map((branch) => (
                  <BranchRow key={branch.name} graph={graph} branch={branch} now={now} />
                ))}
              </ul>
            )}
          </section>
          <section className="branch-section" aria-labelledby="branches-title">
            <h2 id="branches-title">Branches</h2>
            <MainNote main={main} />
            <ul className="branch-list">
              {all
                .filter(({ name }) => !isProposal(name))
                .map((branch) => (
                  <BranchRow key={branch.name} graph={graph} branch={branch} now={now} />
                ))}
            </ul>
          </section>
        </>
      )}
    </article>
  )
}

function MainNote({ main }: { main: BranchDetail | undefined }) {
  if (!main) return null
  return (
    <p className="branch-note">
      {main.protected ? (
        <>
          <LockIcon /> <code>main</code> is protected by the policy of this graph.{' '}
        </>
      ) : null}
      {may(main, 'branch_merge') ? 'You may merge into it.' : 'You may not merge into it; others decide.'}
    </p>
  )
}

function BranchRow({ graph, branch, now }: { graph: string; branch: BranchDetail; now: number }) {
  const { name, commit, head, parent, created_at } = branch
  const proposed = isProposal(name)
  const at = commit?.at ?? created_at
  const own = branch.forked_at !== head
  return (
    <li className="result">
      <div className="result-head">
        {name === 'main' ? (
          <strong className="result-name">
            <code>main</code>
          </strong>
        ) : (
          <a className="result-name" href={fragmentOfBranch(graph, name)}>
            {proposed ? (commit?.message ?? name) : <code>{name}</code>}
          </a>
        )}
        {branch.protected ? (
          <span className="result-kind">
            <LockIcon /> Protected
          </span>
        ) : null}
      </div>
      <p className="result-foot">
        {proposed || !own ? null : (
          <span>{commit?.message ?? (commit ? commit.kind : 'not readable for you')}</span>
        )}
        {own ? (
          <span>{commit?.actor_id ?? (commit ? 'nobody' : '')}</span>
        ) : (
          <span>nothing changed on it yet</span>
        )}
        <time dateTime={at} title={at}>
          {formatAge(at, now)}
        </time>
        {parent ? (
          <span className="faint">
            from <code>{parent}</code>
          </span>
        ) : null}
        <code className="faint" title={`Commit ${head}`}>
          {shortId(head)}
        </code>
      </p>
    </li>
  )
}

/** Shown where there is more than one graph to choose, and the caller may know of them. */
function GraphPicker({
  client,
  graph,
  catalog,
}: {
  client: GroundplaneClient
  graph: string | null
  catalog: string | null
}) {
  const graphs = useQuery({
    queryKey: ['graphs'],
    queryFn: async ({ signal }) => (await client.graphs({ signal })).graphs,
    staleTime: 60_000,
    retry: false,
  })
  if (!graphs.data || graphs.data.length < (graph === null ? 1 : 2)) return null
  return (
    <nav className="chips graph-picker" aria-label="Graph">
      {graphs.data.map(({ graph_id: id }) => (
        <a
          key={id}
          className="chip"
          href={fragmentOfBranches(id === catalog ? null : id)}
          aria-current={id === graph ? 'page' : undefined}
        >
          {id}
        </a>
      ))}
    </nav>
  )
}

function ListSkeleton() {
  return (
    <div className="results-skeleton" aria-hidden="true">
      <span className="skeleton" />
      <span className="skeleton" />
    </div>
  )
}
