import type { BranchDetail, Commit } from '@groundplane/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { CopyButton } from '../shell/copy-button'
import { HealthyIcon } from '../shell/icons'
import { Problem } from '../shell/problem'
import { useNow } from '../shell/use-now'
import { formatAge, plural, shortId } from '../text/format'
import type { GroundplaneClient } from '../wire/types'
import { fragmentOfBranches, isProposal } from './branch-route'
import { ChangeList } from './change-list'
import { CheckList } from './check-list'
import { ConflictList } from './conflict-list'
import { type Decided, DecisionBar } from './decision-bar'
import { useOwnCommits, usePreview, useReview } from './use-branch-review'
import { may, useBranches } from './use-branches'

interface BranchPageProps {
  client: GroundplaneClient
  graph: string
  name: string
  isCatalog: boolean
}

/** One branch: what it would change, what was checked, what conflicts, and who may decide. */
export function BranchPage({ client, graph, name, isCatalog }: BranchPageProps) {
  const queries = useQueryClient()
  const branches = useBranches(client, graph)
  const [decided, setDecided] = useState<Decided | null>(null)
  const branch = branches.data?.find((one) => one.name === name)
  const main = branches.data?.find((one) => one.name === 'main')
  const title = titleOf(branch) ?? name
  useEffect(() => {
    document.title = `${title} · Branches · Groundplane`
  }, [title])

  if (decided) return <DecidedNote graph={graph} name={name} decided={decided} />
  if (branches.isPending) {
    return (
      <div className="results-skeleton" aria-hidden="true">
        <span className="skeleton" />
        <span className="skeleton" />
      </div>
    )
  }
  if (!branch || !main || name === 'main')
    return <NoSuchBranch graph={graph} name={name} error={branches.error} />
  return (
    <OpenBranch
      client={client}
      graph={graph}
      branch={branch}
      main={main}
      title={title}
      isCatalog={isCatalog}
      onDecided={(one) => {
        setDecided(one)
        for (const key of ['branches', 'catalog', 'head']) void queries.invalidateQueries({ queryKey: [key] })
      }}
    />
  )
}

/** What a proposal is about is what its commits say. */
function titleOf(branch: BranchDetail | undefined): string | undefined {
  return branch && isProposal(branch.name) ? (branch.commit?.message ?? undefined) : undefined
}

interface OpenBranchProps {
  client: GroundplaneClient
  graph: string
  branch: BranchDetail
  main: BranchDetail
  title: string
  isCatalog: boolean
  onDecided: (decided: Decided) => void
}

function OpenBranch({ client, graph, branch, main, title, isCatalog, onDecided }: OpenBranchProps) {
  const now = useNow(30_000)
  const preview = usePreview(client, graph, branch, main, may(main, 'branch_merge'))
  const base = preview.isPending ? undefined : (preview.data?.base_commit_ids[0] ?? branch.forked_at)
  const review = useReview(client, graph, branch, base, isCatalog)
  const conflicts = preview.data?.merge_conflicts ?? []
  const proposal = isProposal(branch.name)
  return (
    <article className="branch">
      <p className="crumbs">
        <a href={fragmentOfBranches(isCatalog ? null : graph)}>Branches</a>
        <code>{graph}</code>
      </p>
      <header className="entity-head">
        <h1>{proposal ? title : <code>{branch.name}</code>}</h1>
        <p className="entity-kind">
          {proposal ? <span>Proposed by {branch.commit?.actor_id ?? 'nobody'}</span> : null}
          {branch.parent ? (
            <span>
              from <code>{branch.parent}</code>
            </span>
          ) : null}
          <time dateTime={branch.created_at} title={branch.created_at}>
            begun {formatAge(branch.created_at, now)}
          </time>
          {proposal ? <code className="faint">{branch.name}</code> : null}
          <CopyButton text={branch.name} label="Copy the name of the branch" quiet />
        </p>
      </header>
      <DecisionBar
        client={client}
        graph={graph}
        branch={branch}
        main={main}
        title={title === branch.name ? `merge ${branch.name} into main` : title}
        preview={preview.isError ? null : preview.data}
        onDecided={onDecided}
      />
      {preview.isError ? <Problem error={preview.error} title="The merge cannot be tried out." /> : null}
      {conflicts.length > 0 ? <ConflictList conflicts={conflicts} /> : null}
      {review.data && review.data.checks.length > 0 ? <CheckList checks={review.data.checks} /> : null}
      <section aria-labelledby="changes-title">
        <h2 id="changes-title" className="branch-heading">
          What it changes
        </h2>
        {review.isError ? (
          <Problem
            error={review.error}
            title="What it changes cannot be shown."
            onRetry={() => void review.refetch()}
          />
        ) : review.data ? (
          <ChangeList entities={review.data.entities} more={review.data.more} />
        ) : (
          <span className="skeleton tab-skeleton" aria-hidden="true" />
        )}
      </section>
      <OwnCommits client={client} graph={graph} branch={branch} now={now} />
    </article>
  )
}

function OwnCommits({
  client,
  graph,
  branch,
  now,
}: {
  client: GroundplaneClient
  graph: string
  branch: BranchDetail
  now: number
}) {
  const commits = useOwnCommits(client, graph, branch)
  if (!commits.data || commits.data.length === 0) return null
  return (
    <section aria-labelledby="commits-title">
      <h2 id="commits-title" className="branch-heading">
        {plural(commits.data.length, 'commit')}
      </h2>
      <ol className="commits">
        {commits.data.map((commit) => (
          <CommitRow key={commit.graph_commit_id} commit={commit} now={now} />
        ))}
      </ol>
    </section>
  )
}

function CommitRow({ commit, now }: { commit: Commit; now: number }) {
  const { message, kind, actor_id, at, graph_commit_id: id, provenance } = commit
  return (
    <li className="commit">
      <div className="card-head">
        <h3>{message ?? kind}</h3>
        <span>{actor_id ?? 'nobody'}</span>
        {provenance.tool ? <span className="faint">by {provenance.tool}</span> : null}
        <time className="faint" dateTime={at} title={at}>
          {formatAge(at, now)}
        </time>
        <code className="faint" title={`Commit ${id}`}>
          {shortId(id)}
        </code>
      </div>
    </li>
  )
}

function DecidedNote({ graph, name, decided }: { graph: string; name: string; decided: Decided }) {
  const { decision, commit, stays } = decided
  return (
    <article className="decided" role="status">
      <h1 className="page-title">
        <span className="health-healthy">
          <HealthyIcon size={22} />
        </span>
        {decision === 'merged' ? 'Merged into main' : isProposal(name) ? 'Rejected' : 'Deleted'}
      </h1>
      <p>
        {decision === 'merged' ? (
          <>
            It is on <code>main</code>
            {commit ? (
              <>
                {' '}
                as commit <code>{commit}</code>
              </>
            ) : null}
            .
          </>
        ) : (
          <>
            The branch <code>{name}</code> is gone; <code>main</code> is as it was.
          </>
        )}
      </p>
      {stays ? <p className="hint">Its branch is still there: {stays}</p> : null}
      <p>
        <a className="button" href={fragmentOfBranches(graph)}>
          Back to the branches
        </a>
      </p>
    </article>
  )
}

function NoSuchBranch({ graph, name, error }: { graph: string; name: string; error: unknown }) {
  return (
    <>
      {error ? (
        <Problem error={error} title="This branch cannot be shown." />
      ) : (
        <div className="problem" role="alert">
          <p className="problem-title">There is nothing to review here.</p>
          <p>
            {name === 'main' ? (
              <>
                <code>main</code> is what the others are merged into.
              </>
            ) : (
              <>
                There is no branch <code>{name}</code>: it was merged, or rejected, or never was.
              </>
            )}
          </p>
        </div>
      )}
      <p>
        <a href={fragmentOfBranches(graph)}>All branches</a>
      </p>
    </>
  )
}
